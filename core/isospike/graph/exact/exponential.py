"""The exponential function and its family, from one polynomial.

exp(x) = 2**k exp(r) with k = round(x / log 2) and r = x - k log 2 in two parts (Cody and Waite 1980), |r| < 0.35. The
power of two comes in two factors, so that it may lie outside the range of numbers itself.
`tests/core/graph/test_exact.py` measures the error against a higher precision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from isospike.graph.exact.arithmetic import divided, product
from isospike.graph.symbol import Symbol
from isospike.graph.trace import raw

__all__ = ["cosh", "exp", "expm1", "exprel", "sinh", "tanh"]


@dataclass(frozen=True)
class _Format:
    """What the reduction needs to know of a dtype."""

    digits: int  # of log2_high, so that k times it is exact
    degree: int  # of the polynomial of exp on |r| < 0.35
    terms: int  # of the series of (exp(x) - 1) / x on |x| < 1/2
    lowest: float  # exp of less is below what is snapped to 0 (`isospike.graph.exact.bounds.SNAPPED`)
    highest: float  # exp of more is infinite
    saturated: float  # tanh of more is 1


_FORMATS = {
    "float32": _Format(15, 7, 9, -55.45177, 88.72283, 10.0),
    "float64": _Format(32, 14, 14, -485.2030263919617, 709.782712893384, 20.0),
}
_LOG2 = Fraction("0.693147180559945309417232121458176568075500134360255254120680009")


def exp(x: Symbol) -> Symbol:
    """Return e**x; 0 where that is below 2**-80 in float32, and 2**-700 in float64."""
    f = _FORMATS[x.dtype]
    is_high, is_low = raw.greater(x, f.highest), raw.less(x, f.lowest)
    is_plain = raw.logical_and(raw.less_equal(x, f.highest), raw.greater_equal(x, f.lowest))
    power = _power(raw.where(is_plain, x, 0.0), f)
    outside = raw.where(is_high, math.inf, raw.where(is_low, 0.0, x))
    result: Symbol = raw.where(is_plain, power, outside)
    return result


def exprel(x: Symbol) -> Symbol:
    """Return (e**x - 1) / x, which is 1 at 0."""
    near = raw.less(raw.abs(x), 0.5)
    quotient = divided(raw.subtract(exp(x), 1.0), raw.where(near, 1.0, x))
    result: Symbol = raw.where(near, _series(raw.where(near, x, 0.0)), quotient)
    return result


def expm1(x: Symbol) -> Symbol:
    """Return e**x - 1, without cancellation."""
    near = raw.less(raw.abs(x), 0.5)
    small = raw.where(near, x, 0.0)
    result: Symbol = raw.where(near, product(small, _series(small)), raw.subtract(exp(x), 1.0))
    return result


def tanh(x: Symbol) -> Symbol:
    """Return the hyperbolic tangent, t / (t + 2) with t = e**(2 |x|) - 1."""
    size = raw.abs(x)
    saturated = raw.greater(size, _FORMATS[x.dtype].saturated)
    t = expm1(product(raw.where(saturated, 0.0, size), 2.0))
    return _odd(x, raw.where(saturated, 1.0, divided(t, raw.add(t, 2.0))))


def sinh(x: Symbol) -> Symbol:
    """Return the hyperbolic sine, (t + t / (t + 1)) / 2 with t = e**|x| - 1."""
    t = expm1(raw.abs(x))
    finite = raw.less(t, math.inf)
    ratio = raw.where(finite, divided(raw.where(finite, t, 0.0), raw.add(raw.where(finite, t, 0.0), 1.0)), 1.0)
    return _odd(x, product(raw.add(t, ratio), 0.5))


def cosh(x: Symbol) -> Symbol:
    """Return the hyperbolic cosine, (e**|x| + e**-|x|) / 2."""
    e = exp(raw.abs(x))
    return product(raw.add(e, divided(1.0, e)), 0.5)


def _odd(x: Symbol, y: Any) -> Symbol:
    result: Symbol = raw.where(raw.less(x, 0.0), raw.negative(y), raw.where(raw.equal(x, x), y, x))
    return result


def _power(x: Symbol, f: _Format) -> Symbol:
    """Return e**x of an x in range."""
    # Products that are rounded to whole numbers or exact need no guard.
    k = raw.round(raw.multiply(x, float(1 / _LOG2)))
    high = Fraction(round(_LOG2 * 2**f.digits), 2**f.digits)
    r = raw.subtract(raw.subtract(x, raw.multiply(k, float(high))), product(k, float(_LOG2 - high)))
    result = _horner(r, [1.0 / math.factorial(i) for i in range(f.degree, -1, -1)])
    exponent = raw.astype(k, to="int32")
    first = raw.bitwise_right_shift(exponent, 1)
    for part in (first, raw.subtract(exponent, first)):
        result = raw.multiply(result, raw.power_of_two(part, to=x.dtype))
    return result


def _series(x: Symbol) -> Symbol:
    return _horner(x, [1.0 / math.factorial(i + 1) for i in range(_FORMATS[x.dtype].terms, -1, -1)])


def _horner(x: Symbol, coefficients: list[float]) -> Symbol:
    result: Any = coefficients[0]
    for coefficient in coefficients[1:]:
        result = raw.add(product(result, x), coefficient)
    return result  # type: ignore[no-any-return]
