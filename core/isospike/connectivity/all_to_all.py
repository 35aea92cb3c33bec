"""The rule that connects every cell to every cell."""

from __future__ import annotations

import numpy as np

from isospike.connectivity.csr import CSR
from isospike.connectivity.making import made, own_target
from isospike.connectivity.sizes import check_count, checked_ends

__all__ = ["all_to_all"]


def all_to_all(n_pre: int, n_post: int, *, self_offset: int | None = None) -> CSR:
    """Connect every presynaptic cell to every postsynaptic cell.

    Parameters
    ----------
    n_pre, n_post : int
        Sizes of the populations.
    self_offset : int, optional
        Presynaptic cell ``i`` and postsynaptic cell ``i + self_offset`` are the same cell, which does not
        connect to itself (0 for a population onto itself). By default all pairs are connected.

    Raises
    ------
    ShapeError
        If a size is not a positive integer, or there would be more than ``2**31 - 1`` synapses.
    """
    rule = "all_to_all"
    n_pre, n_post, offset = checked_ends(rule, n_pre, n_post, self_offset)
    check_count(rule, n_pre * n_post)
    own = own_target(n_pre, n_post, offset)
    has_self = own < n_post
    indices = np.tile(np.arange(n_post, dtype=np.int32), n_pre)
    indices = np.delete(indices, (np.arange(n_pre) * n_post + own)[has_self])
    return made(rule, n_post - has_self.astype(np.int64), indices, n_post)
