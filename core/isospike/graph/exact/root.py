"""The square root, correctly rounded.

Heron's iteration (y + m / y) / 2 comes within a unit of the last place of the root of an m between 1 and 4. Whether the
neighbour is nearer is then decided without rounding: m - y**2 is a number, as y**2 is the sum of three exact products.
"""

from __future__ import annotations

import math
from typing import Any

from isospike.graph.aval import dtype_name
from isospike.graph.exact.arithmetic import divided
from isospike.graph.exact.pieces import smallest, whole_digits
from isospike.graph.trace import raw

__all__ = ["sqrt"]

# Iterations from a line that errs by less than 3 in a hundred; each doubles the digits.
_ITERATIONS = {"float32": 3, "float64": 4}


def sqrt(x: Any) -> Any:
    """Return the square root; NaN below 0. Denormals count as 0."""
    dtype = dtype_name(x.dtype)
    is_plain = raw.logical_and(raw.greater_equal(x, smallest(x)), raw.less(x, math.inf))
    x_plain = raw.where(is_plain, x, 1.0)
    half = raw.bitwise_right_shift(raw.exponent(x_plain), 1)
    m = raw.multiply(x_plain, raw.power_of_two(raw.multiply(half, -2), to=dtype))
    root = raw.multiply(_rounded(_approximate(m), m), raw.power_of_two(half, to=dtype))
    is_zero = raw.less(raw.abs(x), smallest(x))
    outside = raw.where(is_zero, raw.multiply(x, 0.0), raw.where(raw.less(x, 0.0), math.nan, x))
    return raw.where(is_plain, root, outside)


def _approximate(m: Any) -> Any:
    """Return the root of m to within a unit of the last place."""
    y = raw.add(raw.multiply(m, 0.34375), 0.6796875)
    for _ in range(_ITERATIONS[dtype_name(m.dtype)]):
        y = raw.multiply(raw.add(y, divided(m, y)), 0.5)
    return y


def _rounded(y: Any, m: Any) -> Any:
    """Return the number nearest to the root of m, 1 <= m < 4, of y and its neighbours.

    With y a multiple of a unit u, the root is nearer to y + u if (y + u/2)**2 < m. Of m - y**2 and y u both are
    multiples of u**2, so that u**2/4 does not count.
    """
    digits = whole_digits(m)
    unit, grid = 2.0 ** (1 - digits), 2.0 ** (digits // 2 - 1)
    high = raw.multiply(raw.round(raw.multiply(y, grid)), 1.0 / grid)
    low = raw.subtract(y, high)
    left = raw.subtract(m, raw.multiply(high, high))
    left = raw.subtract(left, raw.multiply(raw.multiply(high, 2.0), low))
    left = raw.subtract(left, raw.multiply(low, low))
    step = raw.multiply(y, unit)
    y = raw.where(raw.greater(left, step), raw.add(y, unit), y)
    return raw.where(raw.less_equal(left, raw.negative(step)), raw.subtract(y, unit), y)
