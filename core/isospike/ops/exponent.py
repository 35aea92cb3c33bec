"""exponent: the whole number k for which |x| = m 2**k with 1 <= m < 2, of a normal number x.

Backends read it from the exponent bits; the reference compares, one power of two for each bit of k. What is returned
for 0, denormals, infinities and NaN is not defined.
"""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import dtype_name
from isospike.graph.op import elementwise

# That of the smallest normal number, and the bits of the largest.
_RANGE = {"float32": (-126, 7), "float64": (-1022, 10)}


def _evaluate(xp: Any, x: Any) -> Any:
    lowest, n_bits = _RANGE[dtype_name(x.dtype)]
    size = xp.abs(x)
    small = size < 1.0
    size = xp.where(small, xp.where(small, size, xp.ones_like(size)) * 2.0**-lowest, size)
    zero = xp.zeros_like(size, dtype=xp.int32)
    k = xp.where(small, zero + lowest, zero)
    for i in reversed(range(n_bits)):
        is_set = size >= 2.0**2**i
        size = xp.where(is_set, size * 2.0 ** -(2**i), size)
        k = xp.where(is_set, k + 2**i, k)
    return k


OP = elementwise("exponent", None, evaluate=_evaluate, dtype="int32")
