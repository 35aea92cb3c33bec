r"""The golden chain: 64 bits for each step and state, which stand for all bits of the state.

.. math:: D = \sum_i b_i \, o_i \bmod 2^{64}, \qquad o_i = (i \cdot \mathtt{0x9E3779B97F4A7C15}) \mathbin{|} 1

over the 32-bit words :math:`b_i` of the state. An element of up to 32 bits is one word; one of 64 bits is two, low
word first. The sum is exact and associative, so it is the same in any order of reduction, on any device, and over
the parts of a divided state.

Why words: a 64-bit element times an odd number keeps only the lowest bit of that number for the sign, so that with
whole elements the digest of float64 ``[-0.0, -0.0]`` would be that of ``[0.0, 0.0]``. With words, a change of any
one word is always seen, and no two changes of one bit cancel below index 1.7e9.

A chain is a checksum, not a proof: since :math:`o_i` is nearly linear in i, changes of +1, -2, +1 at i, i + 2, i + 4
cancel, and so do two spikes that move by two cells towards each other. Compare the arrays themselves where you have
both. The digest knows nothing of dtype and shape: keep them beside it.
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


def multipliers(start: int, count: int) -> NDArray[np.uint64]:
    """Return the odd numbers that words ``start`` to ``start + count - 1`` are multiplied by."""
    return (np.arange(start, start + count, dtype=np.uint64) * np.uint64(GOLDEN)) | np.uint64(1)


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
    >>> digest(np.array([1, 0], np.int32)), digest(np.array([False, True])) == GOLDEN
    (1, True)
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
