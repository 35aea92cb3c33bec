"""The rule that connects two populations cell by cell."""

from __future__ import annotations

import numpy as np

from isospike.connectivity.csr import CSR
from isospike.connectivity.making import made
from isospike.connectivity.sizes import check_count, checked_size

__all__ = ["one_to_one"]


def one_to_one(n: int) -> CSR:
    """Connect cell ``i`` to cell ``i``.

    Parameters
    ----------
    n : int
        Size of both populations.

    Raises
    ------
    ShapeError
        If ``n`` is not a positive integer, or above ``2**31 - 1``.

    Examples
    --------
    >>> one_to_one(2).dense().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    check_count("one_to_one", n := checked_size("one_to_one", "n", n))
    return made("one_to_one", np.ones(n, np.int64), np.arange(n, dtype=np.int32), n)
