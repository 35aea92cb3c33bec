from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isospike.connectivity import one_to_one


@given(st.integers(1, 30))
def test_one_to_one_is_the_identity(n: int) -> None:
    np.testing.assert_array_equal(one_to_one(n).dense(), np.eye(n))
