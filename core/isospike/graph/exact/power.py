"""x**y as e**(y log x), the logarithm in two parts: for large powers, its last bits are the first of the result."""

from __future__ import annotations

import math
from typing import Any

from isospike.graph.aval import dtype_name
from isospike.graph.exact.arithmetic import product, signum
from isospike.graph.exact.exponential import exp_of_sum
from isospike.graph.exact.logarithm import logarithm_in_two
from isospike.graph.exact.pieces import short, smallest
from isospike.graph.trace import raw

__all__ = ["power"]

# Exponents of y: beyond the first, x**y is 1 for every normal x, and beyond the second 0, 1 or infinite. The lower part
# of a logarithm is cut off where a product with it could be a denormal.
_RANGE = {"float32": (-40, 40, -60), "float64": (-80, 70, -200)}


def power(x: Any, y: Any) -> Any:
    """Return x**y; the special cases are those of the Array API, with 0.0 for -0.0. Denormals count as 0."""
    size = raw.abs(x)
    is_plain = raw.logical_and(raw.greater_equal(size, smallest(x)), raw.less(size, math.inf))
    is_high = raw.logical_xor(raw.equal(size, math.inf), raw.less(y, 0.0))
    result = raw.where(is_plain, _positive(raw.where(is_plain, size, 1.0), y), 0.0)
    result = raw.where(raw.logical_and(is_high, raw.logical_not(is_plain)), math.inf, result)
    is_negative = raw.logical_and(raw.less(x, 0.0), raw.greater_equal(size, smallest(x)))
    is_whole = raw.equal(raw.floor(y), y)
    half = raw.multiply(y, 0.5)
    is_odd = raw.logical_and(is_whole, raw.not_equal(raw.floor(half), half))
    result = raw.where(raw.logical_and(is_negative, is_odd), raw.negative(result), result)
    undefined = raw.logical_and(raw.logical_and(is_negative, is_plain), raw.logical_not(is_whole))
    result = raw.where(raw.equal(x, x), raw.where(undefined, math.nan, result), x)
    result = raw.where(raw.logical_or(raw.equal(y, y), raw.equal(x, 1.0)), result, y)
    return raw.where(raw.logical_and(raw.equal(y, 0.0), raw.logical_not(is_plain)), 1.0, result)


def _positive(x: Any, y: Any) -> Any:
    """Return x**y of a normal x > 0."""
    lowest, highest, last = _RANGE[dtype_name(x.dtype)]
    high, low = logarithm_in_two(x)
    low = raw.where(raw.less(raw.abs(low), 2.0**last), 0.0, low)
    size = raw.abs(y)
    is_between = raw.logical_and(raw.greater_equal(size, 2.0**lowest), raw.less_equal(size, 2.0**highest))
    beyond = raw.where(raw.greater(size, 1.0), raw.multiply(signum(y), 2.0**highest), 0.0)
    y = raw.where(is_between, y, raw.where(raw.equal(y, y), beyond, 0.0))
    first = short(y)
    exact = raw.multiply(first, high)
    rest = raw.add(product(raw.subtract(y, first), high), product(y, low))
    total = raw.add(exact, rest)
    return exp_of_sum(total, raw.subtract(rest, raw.subtract(total, exact)))
