"""The rule that connects each pair of cells independently with one probability."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from isospike.connectivity.csr import CSR
from isospike.connectivity.making import CHUNK, Int64, made
from isospike.connectivity.sizes import check_count, checked_ends
from isospike.errors import ParameterError
from isospike.random.draw import Draw
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
    probability = _probability(probability, n_post)
    check_count(rule, int(n_pre * n_post * probability))
    degrees, parts = np.zeros(n_pre, np.int64), [np.empty(0, np.int32)]
    for pairs in _bernoulli(rng.next_draw(), n_pre * n_post, probability):
        pre = pairs // n_post
        post = pairs - pre * n_post
        if offset is not None:
            other = post - pre != offset
            pre, post = pre[other], post[other]
        _count(degrees, pre)
        parts.append(post.astype(np.int32))
    return made(rule, degrees, np.concatenate(parts), n_post)


def _bernoulli(draw: Draw, pairs: int, probability: float) -> Iterator[Int64]:
    """Yield the ascending numbers of the pairs that are connected, chunk by chunk."""
    thresholds = _geometric_thresholds(probability)
    longest = thresholds.size
    position, used = 0, 0
    while position < pairs and probability > 0.0:
        count = min(CHUNK, int(1.1 * probability * (pairs - position)) + 64)
        gaps = longest - np.searchsorted(thresholds, draw.words(used, count), side="right")
        # A gap past the table connects nothing: skip the table's length and draw again, as the law has no
        # memory.
        ends = position + np.cumsum(np.minimum(gaps + 1, longest))
        connected = ends[gaps < longest] - 1
        yield connected[: np.searchsorted(connected, pairs)]
        position, used = int(ends[-1]), used + count


def _geometric_thresholds(probability: float) -> NDArray[np.uint32]:
    """Return ``floor(2**32 (1 - p)**k)`` for ``k = K ... 1`` with ``K`` near ``4/p``, by integer products."""
    up, down = probability.as_integer_ratio()
    survival = ((down - up) << 96) // down
    power = survival
    thresholds: list[int] = []
    while len(thresholds) < min(4.0 / max(probability, 1e-300), 2**16):
        thresholds.append(min(power >> 64, 2**32 - 1))
        power = (power * survival) >> 96
    return np.array(thresholds[::-1], np.uint32)


def _count(degrees: Int64, pre: Int64) -> None:
    """Add the ascending presynaptic cells of new synapses to the out-degrees, in place."""
    if pre.size:
        more = np.bincount(pre - pre[0])
        degrees[pre[0] : pre[0] + more.size] += more


def _probability(probability: float, n_post: int) -> float:
    """Return the probability as a float, or refuse it."""
    try:
        value = float(probability)
    except (TypeError, ValueError):
        value = float("nan")
    if not 0.0 <= value <= 1.0:
        raise ParameterError(
            f"fixed_probability: `probability` must be a number in [0, 1], but got {probability!r}. "
            f"For a mean of k targets a cell write `probability=k / {n_post}`."
        )
    return value
