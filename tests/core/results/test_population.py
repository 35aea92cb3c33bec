from __future__ import annotations

import pytest

from isospike.errors import ShapeError
from isospike.results import Population


@pytest.mark.parametrize(("size", "groups"), [(-1, {}), (2**31 + 1, {}), (4, {"E": (0, 5)}), (4, {"E": (3, 2)})])
def test_impossible_populations_are_refused(size, groups) -> None:
    with pytest.raises(ShapeError, match="cells"):
        Population("cells", size, groups)
