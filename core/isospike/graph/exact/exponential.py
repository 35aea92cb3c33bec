"""The exponential function and its family, from one polynomial.

exp(x) = 2**k exp(r) with k = round(x / log 2) and r = x - k log 2 in two parts (Cody and Waite 1980), |r| < 0.35. What
is computed is half of it, and then its double, since 2**k itself may lie outside the range of numbers.
`tests/core/graph/test_exact.py` measures the error against a higher precision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from isospike.graph.aval import dtype_name
from isospike.graph.exact.arithmetic import divided, product
from isospike.graph.exact.bounds import SNAPPED
from isospike.graph.exact.pieces import LOG2, digits_of, horner, magnitude, odd
from isospike.graph.symbol import Symbol
from isospike.graph.trace import raw

__all__ = ["cosh", "exp", "exp_of_sum", "expm1", "exprel", "sinh", "tanh"]


@dataclass(frozen=True)
class _Format:
    """What the reduction needs to know of a dtype."""

    digits: int  # of log2_high, so that k times it is exact
    degree: int  # of the polynomials of exp and exprel on |r| < 0.35
    lowest: float  # exp of less is below what is snapped to 0 (`isospike.graph.exact.bounds.SNAPPED`)
    highest: float  # exp of more is infinite
    saturated: float  # tanh of more is 1


_FORMATS = {
    "float32": _Format(15, 7, -55.45177, 88.72283, 10.0),
    "float64": _Format(32, 14, -485.2030263919617, 709.782712893384, 20.0),
}


def exp(x: Symbol) -> Any:
    """Return e**x; 0 where that is below 2**-80 in float32, and 2**-700 in float64."""
    return exp_of_sum(x)


def exp_of_sum(x: Symbol, low: Any = None) -> Any:
    """Return e**(x + low), of a low that is what the rounding of a sum to x left."""
    f = _FORMATS[dtype_name(x.dtype)]
    is_high, is_low = raw.greater(x, f.highest), raw.less(x, f.lowest)
    is_plain = raw.logical_and(raw.less_equal(x, f.highest), raw.greater_equal(x, f.lowest))
    power = _power(raw.where(is_plain, x, 0.0), low, f)  # where x is not plain, low does not matter
    outside = raw.where(is_high, math.inf, raw.where(is_low, 0.0, x))
    return raw.where(is_plain, power, outside)


def exprel(x: Symbol) -> Any:
    """Return (e**x - 1) / x, which is 1 at 0; 0 where that is below 2**-80 in float32, and 2**-700 in float64."""
    less_one, series, is_near = _less_one(x)
    divisor = raw.where(raw.less(x, -(2.0 ** -SNAPPED[dtype_name(x.dtype)])), -math.inf, x)
    return raw.where(is_near, series, divided(less_one, raw.where(is_near, 1.0, divisor)))


def expm1(x: Symbol) -> Any:
    """Return e**x - 1, without cancellation."""
    return _less_one(x)[0]


def tanh(x: Symbol) -> Any:
    """Return the hyperbolic tangent, t / (t + 2) with t = e**(2 |x|) - 1."""
    size = magnitude(x)
    saturated = raw.greater(size, _FORMATS[dtype_name(x.dtype)].saturated)
    t = expm1(product(raw.where(saturated, 0.0, size), 2.0))
    return odd(x, raw.where(saturated, 1.0, divided(t, raw.add(t, 2.0))))


def sinh(x: Symbol) -> Any:
    """Return the hyperbolic sine, (t + t / (t + 1)) / 2 with t = e**|x| - 1."""
    t = expm1(magnitude(x))
    finite = raw.less(t, math.inf)
    ratio = raw.where(finite, divided(raw.where(finite, t, 0.0), raw.add(raw.where(finite, t, 0.0), 1.0)), 1.0)
    return odd(x, product(raw.add(t, ratio), 0.5))


def cosh(x: Symbol) -> Any:
    """Return the hyperbolic cosine, (e**|x| + e**-|x|) / 2."""
    e = exp(magnitude(x))
    return product(raw.add(e, divided(1.0, e)), 0.5)


def _less_one(x: Symbol) -> tuple[Any, Any, Any]:
    """Return e**x - 1, the series of exprel(r), and where r is x itself: |x| < 0.34.

    With e**r - 1 = r exprel(r) it is 2**k (e**r - 1) + (2**k - 1), which cancels by a bit at most.
    """
    f = _FORMATS[dtype_name(x.dtype)]
    raised = raw.where(raw.less(x, f.lowest), f.lowest, x)  # where the result is -1 already
    is_plain = raw.less_equal(raised, f.highest)
    k, r = _reduced(raw.where(is_plain, raised, 0.0), None, f)
    series = horner(r, [1.0 / math.factorial(i + 1) for i in range(f.degree, -1, -1)])
    half = _half_power(k)
    halved = raw.add(raw.multiply(half, product(r, series)), raw.subtract(half, 0.5))
    outside = raw.where(raw.greater(x, f.highest), math.inf, x)
    return raw.where(is_plain, raw.add(halved, halved), outside), series, raw.logical_and(is_plain, raw.equal(k, 0.0))


def _power(x: Symbol, low: Any, f: _Format) -> Any:
    """Return e**(x + low) of an x in range."""
    k, r = _reduced(x, low, f)
    result = horner(r, [1.0 / math.factorial(i) for i in range(f.degree, -1, -1)])
    halved = raw.multiply(result, _half_power(k))
    return raw.add(halved, halved)


def _half_power(k: Any) -> Any:
    """Return 2**(k - 1)."""
    return raw.power_of_two(raw.subtract(raw.astype(k, to="int32"), 1), to=dtype_name(k.dtype))


def _reduced(x: Symbol, low: Any, f: _Format) -> tuple[Any, Any]:
    """Return k and r."""
    # Products that are rounded to whole numbers or exact need no guard.
    k = raw.round(raw.multiply(x, float(1 / LOG2)))
    high, log2_low = digits_of(LOG2, f.digits, 1)
    less = product(k, log2_low) if low is None else raw.subtract(product(k, log2_low), low)
    return k, raw.subtract(raw.subtract(x, raw.multiply(k, high)), less)
