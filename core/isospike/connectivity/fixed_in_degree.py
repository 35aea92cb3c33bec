"""The rule that gives each postsynaptic cell the same number of sources."""

from __future__ import annotations

import numpy as np

from isospike.connectivity.choosing import chosen
from isospike.connectivity.csr import CSR
from isospike.connectivity.making import made, own_target, rows
from isospike.connectivity.sizes import checked_ends
from isospike.random.host import HostRandom

__all__ = ["fixed_in_degree"]


def fixed_in_degree(
    rng: HostRandom,
    n_pre: int,
    n_post: int,
    degree: int,
    *,
    multapses: bool = False,
    self_offset: int | None = None,
) -> CSR:
    """Connect exactly ``degree`` cells to each postsynaptic cell, every such choice equally likely.

    Parameters
    ----------
    rng : HostRandom
        The stream; one draw is taken from it.
    n_pre, n_post : int
        Sizes of the populations.
    degree : int
        Sources of each postsynaptic cell.
    multapses : bool, default False
        Choose with replacement, so that a pair may have several synapses.
    self_offset : int, optional
        Presynaptic cell ``i`` and postsynaptic cell ``i + self_offset`` are the same cell, which does not
        connect to itself (0 for a population onto itself). By default all pairs are candidates.

    Returns
    -------
    CSR
        The synapses: a pure function of seed, stream, draw number and arguments.

    Raises
    ------
    ParameterError
        If ``degree`` is negative, or larger than the number of cells to choose from.
    ShapeError
        If a size is not a positive integer, or there would be more than ``2**31 - 1`` synapses.
    """
    rule = "fixed_in_degree"
    n_pre, n_post, offset = checked_ends(rule, n_pre, n_post, self_offset)
    own = own_target(n_post, n_pre, None if offset is None else -offset)
    keys = chosen(rule, rng, own, n_pre, degree, multapses).astype(np.int64)
    keys *= n_post
    keys += np.arange(n_post)[:, None]
    keys = keys.reshape(-1)
    keys.sort()
    return made(rule, *rows(keys, n_pre, n_post), n_post)
