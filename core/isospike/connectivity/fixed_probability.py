"""The rule that connects each pair of cells independently with one probability."""

from __future__ import annotations

import numpy as np

from isospike.connectivity.csr import CSR
from isospike.connectivity.making import count, made
from isospike.connectivity.sizes import check_count, checked_ends, checked_probability
from isospike.connectivity.skipping import bernoulli
from isospike.random.host import HostRandom

__all__ = ["fixed_probability"]


def fixed_probability(
    rng: HostRandom, n_pre: int, n_post: int, probability: float, *, self_offset: int | None = None
) -> CSR:
    """Connect each pair of cells independently with one probability ``p``.

    The gap ``G`` to the next connected pair is geometric, ``P(G >= k) = (1 - p)**k``, and drawn by comparing
    one 32-bit word with integer thresholds; each threshold is right to ``2**-32``. Time and memory grow with
    the synapses, not with the pairs.

    Parameters
    ----------
    rng : HostRandom
        The stream; one draw is taken from it.
    n_pre, n_post : int
        Sizes of the populations.
    probability : float
        ``p``, in [0, 1].
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
        If ``probability`` is not in [0, 1].
    ShapeError
        If a size is not a positive integer, or more than ``2**31 - 1`` synapses are expected.
    """
    rule = "fixed_probability"
    n_pre, n_post, offset = checked_ends(rule, n_pre, n_post, self_offset)
    probability = checked_probability(
        rule, probability, f"For a mean of k targets a cell write `probability=k / {n_post}`"
    )
    check_count(rule, int(n_pre * n_post * probability))
    degrees, parts = np.zeros(n_pre, np.int64), [np.empty(0, np.int32)]
    for pairs in bernoulli(rng.next_draw(), n_pre * n_post, probability):
        pre = pairs // n_post
        post = pairs - pre * n_post
        if offset is not None:
            other = post - pre != offset
            pre, post = pre[other], post[other]
        count(degrees, pre)
        parts.append(post.astype(np.int32))
    return made(rule, degrees, np.concatenate(parts), n_post)
