"""The words of one draw of the host, and what integers are made of them.

The generator is that of :mod:`isospike.random.philox` in 64-bit products of NumPy: faster, and the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from isospike.random.philox import MULTIPLIERS, ROUNDS, WEYL

__all__ = ["HOST_STEP", "Draw", "Integers", "Values", "Words", "bounded", "philox_words"]

Words: TypeAlias = NDArray[np.uint32]
Values: TypeAlias = NDArray[np.uint64]
Integers: TypeAlias = NDArray[np.int64]

# Draws of the host sit at a step that no simulation reaches: they never share a counter with noise of a step.
HOST_STEP = 2**32 - 1
_WORD = np.uint64(2**32 - 1)
_SHIFT = np.uint64(32)
_CACHED = 2**13  # Philox blocks worked on at a time: their temporaries stay in the cache.


@dataclass(frozen=True)
class Draw:
    """The endless sequence of words of one draw, readable from any place.

    Word ``i`` is word ``i % 4`` of Philox block ``i // 4``; value ``i`` joins word ``2 i`` (high) and ``2 i +
    1``.

    Parameters
    ----------
    key : tuple of two ints
        The key of the stream.
    number : int
        The draw's number in the stream.
    """

    key: tuple[int, int]
    number: int

    def words(self, start: int, count: int) -> Words:
        """Return ``count`` 32-bit words from word ``start`` on."""
        first, last = start // 4, -(-(start + count) // 4)
        blocks = self._blocks(np.arange(first, last, dtype=np.uint64))
        return blocks.reshape(-1)[start - 4 * first :][:count]

    def values(self, start: int, count: int) -> Values:
        """Return ``count`` 64-bit values from value ``start`` on."""
        return _join(self.words(2 * start, 2 * count).reshape(-1, 2))

    def values_at(self, index: Integers) -> Values:
        """Return the 64-bit values of the given numbers, in their order."""
        words = self._blocks((index // 2).astype(np.uint64)).reshape(-1, 2, 2)
        return _join(words[np.arange(index.size), index % 2])

    def _blocks(self, blocks: Values) -> Words:
        """Return the four words of each block, shape ``(blocks, 4)``."""
        result = np.empty((blocks.size, 4), np.uint32)
        for start in range(0, blocks.size, _CACHED):
            piece = slice(start, start + _CACHED)
            part = blocks[piece]
            counter = (part & _WORD, part >> _SHIFT, np.uint64(HOST_STEP), np.uint64(self.number))
            for column, word in enumerate(philox_words(counter, self.key)):
                result[piece, column] = word
        return result


def bounded(values: Values, high: int | Integers) -> Integers:
    """Map 64-bit values to integers below a bound: ``floor(value * high / 2**64)``, exactly.

    Parameters
    ----------
    values : array of uint64
        Uniform 64-bit values.
    high : int or array of int64
        The bound, in ``[1, 2**32]``; broadcasts. The chance of each result differs from ``1 / high`` by less
        than ``2**-64``.

    Returns
    -------
    array of int64
        Integers in ``[0, high)``.
    """
    bound = np.asarray(high).astype(np.uint64)
    carry = ((values & _WORD) * bound) >> _SHIFT
    return (((values >> _SHIFT) * bound + carry) >> _SHIFT).astype(np.int64)


def philox_words(counter: tuple[Any, Any, Any, Any], key: tuple[int, int]) -> tuple[Values, ...]:
    """Return the words of :func:`isospike.random.philox.philox4x32`, by 64-bit products.

    Parameters
    ----------
    counter : tuple of four arrays or scalars of uint64
        The words of the counter, each below ``2**32``; their shapes broadcast.
    key : tuple of two ints
        The words of the key.
    """
    c0, c1, c2, c3 = counter
    for turn in range(ROUNDS):
        k0, k1 = (np.uint64((k + turn * w) % 2**32) for k, w in zip(key, WEYL, strict=True))
        p0, p1 = c0 * np.uint64(MULTIPLIERS[0]), c2 * np.uint64(MULTIPLIERS[1])
        c0, c1, c2, c3 = (p1 >> _SHIFT) ^ c1 ^ k0, p1 & _WORD, (p0 >> _SHIFT) ^ c3 ^ k1, p0 & _WORD
    return c0, c1, c2, c3


def _join(words: Words) -> Values:
    """Return the 64-bit values of ``(n, 2)`` words, high word first."""
    values = words[:, 0].astype(np.uint64) << _SHIFT
    values |= words[:, 1]
    return values
