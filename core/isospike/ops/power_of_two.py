"""power_of_two: 2**k of a whole number k whose result is a normal number, exactly.

Backends write k into the exponent bits; the reference multiplies one factor for each bit of k.
"""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged

# Exponents of the smallest normal number, and the bits that count from there to the largest.
_RANGE = {"float32": (126, 8), "float64": (1022, 11)}


def _infer(k: Aval, *, to: str) -> Aval:
    return Aval(k.shape, to)


def _evaluate(xp: Any, k: Any, *, to: str) -> Any:
    lowest, n_bits = _RANGE[to]
    k = xp.asarray(k)
    result = xp.full_like(k, 2.0**-lowest, dtype=getattr(xp, to))
    left = k + lowest
    for i in reversed(range(n_bits)):
        has = left >= 2**i
        # In two factors where the whole one is no number.
        parts = (2 ** (i - 1),) * 2 if 2**i > lowest else (2**i,)
        for part in parts:
            factor = xp.full_like(result, 2.0**part)
            result = xp.where(has, result * factor, result)
        left = xp.where(has, left - 2**i, left)
    return result


OP = Op("power_of_two", _infer, _evaluate, unchanged)
