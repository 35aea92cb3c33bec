"""The rule that gives each presynaptic cell the same number of targets."""

from __future__ import annotations

import numpy as np

from isospike.connectivity.choosing import chosen
from isospike.connectivity.csr import CSR
from isospike.connectivity.making import made, own_target
from isospike.connectivity.sizes import checked_ends
from isospike.random.host import HostRandom

__all__ = ["fixed_out_degree"]


def fixed_out_degree(
    rng: HostRandom,
    n_pre: int,
    n_post: int,
    degree: int,
    *,
    multapses: bool = False,
    self_offset: int | None = None,
) -> CSR:
    """Connect each presynaptic cell to exactly ``degree`` cells, every such choice equally likely.

    Parameters
    ----------
    rng : HostRandom
        The stream; one draw is taken from it.
    n_pre, n_post : int
        Sizes of the populations.
    degree : int
        Targets of each presynaptic cell.
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
    rule = "fixed_out_degree"
    n_pre, n_post, offset = checked_ends(rule, n_pre, n_post, self_offset)
    own = own_target(n_pre, n_post, offset)
    targets = chosen(rule, rng, own, n_post, degree, multapses)
    return made(rule, np.full(n_pre, targets.shape[1]), targets.reshape(-1), n_post)
