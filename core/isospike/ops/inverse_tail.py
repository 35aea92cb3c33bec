"""inverse_tail: positive random numbers of a tabulated distribution, from random words.

A word is read as u = (v + 1/2) 2**-31 with a whole number v of 31 bits, or two as u = (v + 1/2) 2**-62: the highest
bit is not read, and may serve as a sign. The result is the x with P(X > x) = u, from a table
(`isospike.random.tails`): a segment's value and a polynomial of how far u lies below the segment's end. All but the
last sum is arithmetic of integers, which is the same everywhere; no product is rounded that a compiler could fuse
into it.
"""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged


def _infer(table: Aval, high: Aval, *low: Aval) -> Aval:
    return Aval(high.shape, table.dtype)


def _evaluate(xp: Any, table: Any, high: Any, *low: Any) -> Any:
    return double(xp, table, high, *low) if low else single(xp, table, high)


def single(xp: Any, table: Any, word: Any) -> Any:
    """Return x by a polynomial of degree 2; no integer reaches 2**32."""
    u, octave = _normalised(xp, (word & 0x7FFFFFFF) << 1 | 1, 32, xp.uint32)
    row = (octave << 7) + (u >> 24) - 128
    t = 0x1000000 - (u & 0xFFFFFF)
    first, second = (xp.astype(xp.take(table[k, :], row), xp.uint32) for k in (1, 2))
    slope = first + (second * (t >> 8) >> 18)
    # The product of 21 bits and 25, in units of 2**-38.
    rise = slope * (t >> 14) + ((slope >> 6) * (t & 0x3FFF) >> 8)
    return xp.take(table[0, :], row) + xp.astype(rise, table.dtype) * 2.0**-38


def double(xp: Any, table: Any, high: Any, low: Any) -> Any:
    """Return x by a polynomial of degree 5; no integer reaches 2**63."""
    high, low = xp.astype(high, xp.int64), xp.astype(low, xp.int64)
    u, octave = _normalised(xp, (high & 0x7FFFFFFF) << 32 | low | 1, 63, xp.int64)
    row = (octave << 7) + (u >> 55) - 128
    t = (1 << 55) - (u & (1 << 55) - 1)
    terms = [xp.astype(xp.take(table[k, :], row), xp.int64) for k in range(1, 6)]
    slope = terms[3] + (terms[4] * (t >> 12) >> 43)
    slope = terms[2] + (slope * (t >> 19) >> 36)
    for term in (terms[1], terms[0]):
        slope = term + (_product(slope, t) >> 3)
    return xp.take(table[0, :], row) + xp.astype(_product(slope, t), table.dtype) * 2.0**-59


def _product(slope: Any, t: Any) -> Any:
    """Return the product with t, in units of 2**-59."""
    high, low = slope >> 25, slope & (1 << 25) - 1
    upper, lower = t >> 27, t & (1 << 27) - 1
    return high * upper + (low * upper >> 25) + (high * lower >> 27)


def _normalised(xp: Any, u: Any, bits: int, dtype: Any) -> tuple[Any, Any]:
    """Return u, which is not 0, shifted until its highest bit is set, and how far that is."""
    shift: Any = 0
    for step in (32, 16, 8, 4, 2, 1)[bits <= 32 :]:
        moved = xp.astype(u >> bits - step == 0, dtype) * step
        u, shift = u << moved, shift + moved
    return u, shift


OP = Op("inverse_tail", _infer, _evaluate, unchanged)
