from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.connectivity import all_to_all

SIZE = st.integers(1, 30)
OFFSET = st.none() | st.integers(-31, 31)


@pytest.mark.filterwarnings("ignore::isospike.errors.PlausibilityWarning")
@given(SIZE, SIZE, OFFSET)
def test_all_to_all_lacks_only_the_own_diagonal(n_pre: int, n_post: int, offset: int | None) -> None:
    csr = all_to_all(n_pre, n_post, self_offset=offset)
    expected = np.ones((n_pre, n_post)) - (0 if offset is None else np.eye(n_pre, n_post, offset))
    np.testing.assert_array_equal(csr.dense(), expected)
