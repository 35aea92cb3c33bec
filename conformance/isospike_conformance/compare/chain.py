r"""The golden chain: 64 bits for each step and state, which stand for all bits of the state.

.. math:: D = \sum_i b_i \, o_i \bmod 2^{64}, \qquad o_i = \mathrm{splitmix64}(i) \mathbin{|} 1

over the 32-bit words :math:`b_i` of the state, where :math:`\mathrm{splitmix64}(i)` is output i of the generator
SplitMix64 with seed 0. An element of up to 32 bits is one word; one of 64 bits is two, low word first. The sum is
exact and associative, so it is the same in any order of reduction, on any device, and over the parts of a divided
state.

Why mixed: multiples of one number are linear in i, so that two spikes that move by two cells towards each other would
cancel. Why odd: a change of one word is then always seen. Why words: a 64-bit element times an odd number keeps only
the lowest bit of that number for the sign, so that with whole elements the digest of float64 ``[-0.0, -0.0]`` would
be that of ``[0.0, 0.0]``. With words, changes of several cancel by chance only: once in 2^32 where all are of the
highest bit of a word, the sign of float32, and once in 2^63 where they are of the lowest, as in a raster of spikes.

A chain is a checksum, not a proof. Compare the arrays themselves where you have both. The digest knows nothing of
dtype and shape: keep them beside it.

References
----------
Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators, OOPSLA, for SplitMix64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ShapeError
from isospike_conformance.compare.bits import CHUNK, bit_pattern, chunks, require_bits

__all__ = ["GOLDEN", "chain", "digest", "multipliers"]

GOLDEN = 0x9E3779B97F4A7C15  # 2^64 divided by the golden ratio, made odd
_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)  # the multipliers of SplitMix64


def multipliers(start: int, count: int) -> NDArray[np.uint64]:
    """Return the odd numbers that words ``start`` to ``start + count - 1`` are multiplied by."""
    z = np.arange(start + 1, start + count + 1, dtype=np.uint64) * np.uint64(GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_MIX[0])
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_MIX[1])
    return (z ^ (z >> np.uint64(31))) | np.uint64(1)


def digest(array: NDArray[Any], *, start: int = 0, chunk: int = CHUNK) -> int:
    """Return the digest of one state at one step.

    Parameters
    ----------
    array : array
        Booleans, integers or floats of at most 64 bits, any shape; elements count in C order.
    start : int
        Index of the first element, where ``array`` is a part of the state: the digests of the parts add up
        modulo 2^64.
    chunk : int
        Elements looked at together; the digest does not depend on it.

    Raises
    ------
    ParameterError
        If the array holds something else.

    Examples
    --------
    >>> [f"{digest(np.array(spikes)):016x}" for spikes in ([True, False], [False, True])]
    ['e220a8397b1dcdaf', '6e789e6aa1b965f5']
    """
    array = np.asarray(array)
    require_bits(array)
    total = 0
    for first, part in chunks(array, chunk):
        words = _words(part)
        each = len(words) // len(part)
        total += int(words @ multipliers((start + first) * each, len(words)))
    return total % 2**64


def chain(stacked: NDArray[Any], *, chunk: int = CHUNK) -> NDArray[np.uint64]:
    """Return the digest of each step of a state that is stacked over time.

    Parameters
    ----------
    stacked : array (time, ...)
        See :func:`digest`.
    chunk : int
        Elements looked at together; the chain does not depend on it.

    Returns
    -------
    array of uint64 (time,)

    Raises
    ------
    ParameterError
        If the array holds something else.
    ShapeError
        If there is no axis of time.
    """
    stacked = np.asarray(stacked)
    require_bits(stacked)
    if stacked.ndim == 0:
        raise ShapeError(
            "chain: the state has no axis of time; expected shape (time, ...): digest(state) for one step."
        )
    size = math.prod(stacked.shape[1:])
    if size > chunk:  # a state too large to look at several steps together
        return np.array([digest(row, chunk=chunk) for row in stacked], np.uint64)
    rows, links = chunk // max(size, 1), [np.zeros(0, np.uint64)]
    for first in range(0, len(stacked), rows):
        block = stacked[first : first + rows]
        words = _words(block.reshape(len(block), size))
        links.append(words @ multipliers(0, words.shape[1]))
    return np.concatenate(links)


def _words(array: NDArray[Any]) -> NDArray[np.uint64]:
    """Return the elements as 32-bit words along the last axis."""
    bits = bit_pattern(array)
    if bits.dtype.itemsize < 8:
        return bits.astype(np.uint64)
    pair = np.stack([bits & np.uint64(0xFFFFFFFF), bits >> np.uint64(32)], axis=-1)
    return pair.reshape(*bits.shape[:-1], 2 * bits.shape[-1])
