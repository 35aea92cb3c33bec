"""exprel: (exp(x) - 1) / x, which is 1 at x = 0.

Exponential Euler needs it near zero, where exp(x) - 1 cancels. For |x| < 1/2 the Taylor series is summed far
enough for the dtype; elsewhere the quotient loses at most two bits.
"""

from __future__ import annotations

import math
from typing import Any

from isospike.graph.aval import dtype_name
from isospike.graph.op import elementwise, floating

# 1/(k+1)! down to k = 0; the first dropped term is below half an ulp of 1 for |x| < 1/2.
_TERMS = {"float32": 8, "float64": 13}


def _evaluate(xp: Any, x: Any) -> Any:
    coefficients = [1.0 / math.factorial(k + 1) for k in range(_TERMS[dtype_name(x.dtype)], -1, -1)]
    near = abs(x) < 0.5
    small = xp.where(near, x, xp.zeros_like(x))
    series = small * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        series = series * small + coefficient
    return xp.where(near, series, (xp.exp(x) - 1.0) / xp.where(near, xp.ones_like(x), x))


def _derivative(m: Any, out: Any, x: Any) -> Any:
    near = m.less(m.abs(x), 0.05)
    series = m.add(0.5, m.multiply(x, m.add(1 / 3, m.multiply(x, m.add(1 / 8, m.multiply(x, 1 / 30))))))
    return m.where(near, series, m.divide(m.subtract(m.exp(x), out), m.where(near, 1.0, x)))


OP = elementwise("exprel", _derivative, evaluate=_evaluate, cast=floating)
