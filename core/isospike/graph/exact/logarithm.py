"""Logarithms, from one series.

A positive number is 2**k (1 + f) with 1 + f between the roots of 1/2 and 2, and with s = f / (2 + f)

    log(1 + f) = 2 artanh(s) = 2 s + 2/3 s**3 + 2/5 s**5 + ...,    |s| < 0.172

in the order of sums of fdlibm, which adds to f a correction that is small beside it. Denormals count as 0.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from isospike.graph.aval import dtype_name
from isospike.graph.exact.arithmetic import divided, product
from isospike.graph.exact.pieces import LOG2, digits_of, either, horner, scaled, short, smallest
from isospike.graph.trace import raw

__all__ = ["log", "log1p", "logarithm_in_two"]

# The number of terms after the first, and binary digits of log 2 of which k times is exact.
_TERMS = {"float32": 5, "float64": 11}
_DIGITS = {"float32": 15, "float64": 32}
_HALF = {"float32": 12, "float64": 26}


def log(x: Any) -> Any:
    """Return the natural logarithm; -inf at 0, NaN below."""
    is_plain = raw.logical_and(raw.greater_equal(x, smallest(x)), raw.less(x, math.inf))
    result = _logarithm(*_reduced(raw.where(is_plain, x, 1.0)))
    is_zero = raw.less(raw.abs(x), smallest(x))
    outside = raw.where(is_zero, -math.inf, raw.where(raw.less(x, 0.0), math.nan, x))
    return raw.where(is_plain, result, outside)


def log1p(x: Any) -> Any:
    """Return log(1 + x); what is lost in the sum is divided by it and added."""
    is_plain = raw.logical_and(raw.greater(x, -1.0), raw.less(x, math.inf))
    x_plain = raw.where(is_plain, x, 0.0)
    total = raw.add(x_plain, 1.0)
    lost = raw.where(
        raw.greater(x_plain, 1.0),
        raw.subtract(1.0, raw.subtract(total, x_plain)),
        raw.subtract(x_plain, raw.subtract(total, 1.0)),
    )
    k, f = _reduced(total)
    is_near = raw.logical_and(raw.greater(x_plain, -0.29), raw.less(x_plain, 0.41))
    k, f, low = either(is_near, (0.0, k), (x_plain, f), (0.0, divided(lost, total)))
    outside = raw.where(raw.equal(x, -1.0), -math.inf, raw.where(raw.less(x, -1.0), math.nan, x))
    return raw.where(is_plain, _logarithm(k, f, low), outside)


def logarithm_in_two(x: Any) -> tuple[Any, Any]:
    """Return the logarithm of a normal number in two parts, of which the first has half the bits.

    As 2/3 s (3 + s**2 + 3/5 s**4 + ...), every product of which is exact or small beside an exact one: 10 bits or more
    beyond those of the dtype.
    """
    k, f = _reduced(x)
    s, rest = _ratio_in_two(f)
    first = short(s)
    square, square_low = raw.multiply(first, first), product(rest, raw.add(s, first))
    z = raw.add(square, square_low)
    tail = product(product(z, z), horner(z, [3.0 / (2 * n + 1) for n in range(_TERMS[dtype_name(x.dtype)] + 1, 1, -1)]))
    t = short(raw.add(raw.add(square, 3.0), tail))
    t_low = raw.add(raw.subtract(tail, raw.subtract(raw.subtract(t, 3.0), square)), square_low)
    p, p_low = _sum_in_two(raw.multiply(first, t), raw.add(product(rest, t), product(t_low, s)))
    third, third_low = digits_of(Fraction(2, 3), _HALF[dtype_name(x.dtype)], 1)
    low = raw.add(product(p, third_low), product(p_low, third + third_low))
    high, log2_low = digits_of(LOG2, _DIGITS[dtype_name(x.dtype)], 1)
    whole, part = raw.multiply(k, high), raw.multiply(p, third)
    total = raw.add(whole, part)
    lost = raw.subtract(part, raw.subtract(total, whole))
    return _sum_in_two(total, raw.add(lost, raw.add(low, product(k, log2_low))))


def _reduced(x: Any) -> tuple[Any, Any]:
    """Return k and f of a normal number 2**k (1 + f)."""
    k = raw.exponent(x)
    m = scaled(x, raw.negative(k))
    is_large = raw.greater(m, math.sqrt(2.0))
    k, m = either(is_large, (raw.add(k, 1), k), (raw.multiply(m, 0.5), m))
    return raw.astype(k, to=dtype_name(x.dtype)), raw.subtract(m, 1.0)


def _logarithm(k: Any, f: Any, low: Any = None) -> Any:
    """Return k log 2 + log(1 + f) + low."""
    dtype = dtype_name(f.dtype)
    high, log2_low = digits_of(LOG2, _DIGITS[dtype], 1)
    s = divided(f, raw.add(f, 2.0))
    z = product(s, s)
    series = product(z, horner(z, [2.0 / (2 * n + 1) for n in range(_TERMS[dtype], 0, -1)]))
    half_square = product(raw.multiply(f, 0.5), f)
    rest = product(k, log2_low) if low is None else raw.add(product(k, log2_low), low)
    small = raw.add(product(s, raw.add(half_square, series)), rest)
    return raw.subtract(raw.multiply(k, high), raw.subtract(raw.subtract(half_square, small), f))


def _ratio_in_two(f: Any) -> tuple[Any, Any]:
    """Return f / (2 + f), and what its first half of bits leaves of it."""
    whole = raw.add(f, 2.0)
    s, high = divided(f, whole), short(whole)
    low = raw.subtract(f, raw.subtract(high, 2.0))
    first = short(s)
    left = raw.subtract(raw.subtract(f, raw.multiply(first, high)), product(first, low))
    return s, divided(left, whole)


def _sum_in_two(x: Any, y: Any) -> tuple[Any, Any]:
    """Return x + y as a number of half the bits and the rest, where y is the smaller."""
    first = short(raw.add(x, y))
    return first, raw.subtract(y, raw.subtract(first, x))
