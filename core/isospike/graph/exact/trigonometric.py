"""Sine, cosine and inverse tangent.

An angle x is k pi/2 + r with r between -0.79 and 0.79, in two parts: pi/2 is subtracted in parts, k times which is
exact (Cody and Waite 1980) up to an x of 2**15 in float32 and 2**20 in float64. Beyond that r errs by the spacing of
numbers at x, as x itself does; beyond 2**20 and 2**45, where little is left of an angle, the result is NaN.

The inverse tangent of x is that of t = (x - c) / (1 + c x) and a constant, with the c of 0, 1/2, 1, 3/2 and infinity
for which t is at most 7/16, as in fdlibm.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from isospike.graph.aval import dtype_name
from isospike.graph.exact.arithmetic import divided, product
from isospike.graph.exact.pieces import digits_of, either, horner, magnitude, odd
from isospike.graph.trace import raw

__all__ = ["atan", "cos", "sin"]

_PI = Fraction("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803")
# Parts of pi/2: binary digits of each, and how many; the largest angle; terms of sine and cosine after the first.
_REDUCTION = {"float32": (9, 5, 2.0**20, 4), "float64": (33, 3, 2.0**45, 8)}
# (atan(t) / t - 1) / t**2 in powers of t**2 up to (7/16)**2, highest first: Chebyshev interpolation, as by
# mpmath.chebyfit, to 2**-29 and 2**-57.
_ATAN = {
    "float32": [
        0.048223031163539816, -0.085321274494016078, 0.11058227545536064, -0.14283400018636427, 0.19999962483847505,
        -0.33333333233831488,
    ],
    "float64": [
        0.014773184616983805, -0.033128134256069583, 0.044922592931936562, -0.052166797393136562, 0.058769464567550612,
        -0.066662419233599635, 0.076922855548892858, -0.090909083556025927, 0.11111111096645037, -0.14285714285566806,
        0.19999999999999410, -0.33333333333333333,
    ],
}  # fmt: skip
# Upper ends of the ranges of |x|, and the c of each.
_CENTRES = ((math.inf, math.inf), (39 / 16, 1.5), (19 / 16, 1.0), (11 / 16, 0.5), (7 / 16, 0.0))
# Binary digits of the first part of atan(c).
_DIGITS = {"float32": 22, "float64": 51}


def sin(x: Any) -> Any:
    """Return the sine of an angle in radians."""
    return _quarter(x, 0.0)


def cos(x: Any) -> Any:
    """Return the cosine of an angle in radians."""
    return _quarter(x, 1.0)


def atan(x: Any) -> Any:
    """Return the inverse tangent, in radians."""
    size = magnitude(x)
    above = below = high = low = size  # all replaced below, but of NaN
    for end, c in _CENTRES:
        is_in = raw.less_equal(size, end)
        offset, offset_low = digits_of(_ARCTANGENTS[c], _DIGITS[dtype_name(x.dtype)], 1)
        top, bottom = (size, 1.0) if c == 0.0 else (raw.subtract(size, c), raw.add(product(size, c), 1.0))
        if c == math.inf:
            top, bottom = -1.0, size
        above, below, high, low = either(is_in, (top, above), (bottom, below), (offset, high), (offset_low, low))
    t = divided(above, below)
    z = product(t, t)
    small = product(t, product(z, horner(z, _ATAN[dtype_name(x.dtype)])))
    return odd(x, raw.add(high, raw.add(t, raw.add(small, low))))


def _quarter(x: Any, shift: float) -> Any:
    """Return sin(x + shift pi/2)."""
    limit = _REDUCTION[dtype_name(x.dtype)][2]
    is_within = raw.less_equal(raw.abs(x), limit)
    k, r, low = _reduced(raw.where(is_within, x, 0.0))
    k = raw.add(k, shift)
    half = raw.floor(raw.multiply(k, 0.5))
    is_odd = raw.not_equal(raw.multiply(half, 2.0), k)
    quarter = raw.multiply(half, 0.5)
    is_turned = raw.not_equal(raw.floor(quarter), quarter)
    value = raw.where(is_odd, _cosine(r, low), _sine(r, low))
    value = raw.where(is_turned, raw.negative(value), value)
    return raw.where(is_within, value, raw.where(raw.equal(x, x), math.nan, x))


def _reduced(x: Any) -> tuple[Any, Any, Any]:
    """Return k, and r in two parts: x - k pi/2."""
    digits, n, _, _ = _REDUCTION[dtype_name(x.dtype)]
    *parts, last = digits_of(_PI / 2, digits, n)
    k = raw.round(raw.multiply(x, float(2 / _PI)))
    r, low = x, product(k, -last)
    for part in parts:
        # Exact in the range that is promised, and the same everywhere beyond it.
        left = product(k, part)
        new = raw.subtract(r, left)
        back = raw.subtract(r, new)
        low = raw.add(low, raw.add(raw.subtract(r, raw.add(new, back)), raw.subtract(back, left)))
        r = new
    total = raw.add(r, low)
    return k, total, raw.add(raw.subtract(r, total), low)


def _sine(r: Any, low: Any) -> Any:
    """Return sin(r + low) of a small angle."""
    n = _REDUCTION[dtype_name(r.dtype)][3]
    z = product(r, r)
    series = product(z, horner(z, [(-1) ** i / math.factorial(2 * i + 1) for i in range(n, 0, -1)]))
    # The cosine of r is 1 - z/2 beside the lower part.
    change = raw.subtract(low, product(raw.multiply(z, 0.5), low))
    return raw.add(r, raw.add(product(r, series), change))


def _cosine(r: Any, low: Any) -> Any:
    """Return cos(r + low) of a small angle; what 1 - r**2/2 loses to rounding is added."""
    n = _REDUCTION[dtype_name(r.dtype)][3]
    z = product(r, r)
    series = product(product(z, z), horner(z, [(-1) ** i / math.factorial(2 * i) for i in range(n + 1, 1, -1)]))
    half = raw.multiply(z, 0.5)
    first = raw.subtract(1.0, half)
    lost = raw.subtract(raw.subtract(1.0, first), half)
    return raw.add(first, raw.add(lost, raw.subtract(series, product(r, low))))


# atan(1/2) and atan(3/2), from the series of atan(1/2) and atan(1/5): atan(3/2) = pi/4 + atan(1/5).
def _series(x: Fraction) -> Fraction:
    return sum(((-1) ** n * x ** (2 * n + 1) / (2 * n + 1) for n in range(60)), Fraction(0))


_ARCTANGENTS = {
    0.0: Fraction(0),
    0.5: _series(Fraction(1, 2)),
    1.0: _PI / 4,
    1.5: _PI / 4 + _series(Fraction(1, 5)),
    math.inf: _PI / 2,
}
