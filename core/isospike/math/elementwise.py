"""Element-wise functions of `isospike.math`: one line each where a unit rule says it all."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.errors import UnitError
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import apply, where_am_i
from isospike.math.unitrules import align, dimensionless, dropping, keeping, matching, plain, pure

add = matching("add", "add", "Return x + y, both of one dimension, in the unit of x.")
subtract = matching("subtract", "subtract", "Return x - y, both of one dimension, in the unit of x.")
maximum = matching("maximum", "take the maximum of", "Return the larger of x and y, element by element.")
minimum = matching("minimum", "take the minimum of", "Return the smaller of x and y, element by element.")
remainder = matching("remainder", "take the remainder of", "Return x modulo y, with the sign of y.")

less = matching("less", "compare", "Return x < y.", comparison=True)
less_equal = matching("less_equal", "compare", "Return x <= y.", comparison=True)
greater = matching("greater", "compare", "Return x > y.", comparison=True)
greater_equal = matching("greater_equal", "compare", "Return x >= y.", comparison=True)
equal = matching("equal", "compare", "Return x == y.", comparison=True)
not_equal = matching("not_equal", "compare", "Return x != y.", comparison=True)
floor_divide = matching("floor_divide", "divide", "Return the floor of x / y, a number.", comparison=True)

exp = dimensionless("exp", "Return e**x of a dimensionless x.")
expm1 = dimensionless("expm1", "Return e**x - 1, accurate near zero.")
exprel = dimensionless("exprel", "Return (e**x - 1) / x, which is 1 at x = 0 and accurate near it.")
log = dimensionless("log", "Return the natural logarithm.")
log1p = dimensionless("log1p", "Return log(1 + x), accurate near zero.")
tanh = dimensionless("tanh", "Return the hyperbolic tangent.")
sinh = dimensionless("sinh", "Return the hyperbolic sine.")
cosh = dimensionless("cosh", "Return the hyperbolic cosine.")
sin = dimensionless("sin", "Return the sine of an angle in radians.")
cos = dimensionless("cos", "Return the cosine of an angle in radians.")
atan = dimensionless("atan", "Return the inverse tangent, in radians.")

negative = keeping("negative", "Return -x.")
abs = keeping("abs", "Return the absolute value.")
floor = keeping("floor", "Return the largest integer not above x, in the unit of x.")
ceil = keeping("ceil", "Return the smallest integer not below x, in the unit of x.")
round = keeping("round", "Return the nearest integer, ties to even, in the unit of x.")
stop_gradient = keeping("stop_gradient", "Return x, whose derivative counts as zero.")

sign = dropping("sign", "Return -1, 0 or 1.")
isnan = dropping("isnan", "Return true where x is not a number.")
isfinite = dropping("isfinite", "Return true where x is finite.")
isinf = dropping("isinf", "Return true where x is infinite.")

logical_and = plain("logical_and", "Return x and y, of booleans.")
logical_or = plain("logical_or", "Return x or y, of booleans.")
logical_xor = plain("logical_xor", "Return either x or y, of booleans.")
logical_not = plain("logical_not", "Return not x, of booleans.")
bitwise_left_shift = plain("bitwise_left_shift", "Return x << y, of integers.")
bitwise_right_shift = plain("bitwise_right_shift", "Return x >> y, of integers.")


def bitwise_and(x: Any, y: Any, /) -> Any:
    """Return x & y of integers, or x and y of booleans."""
    return apply(op(_bitwise("and", x, y)), pure(x, "&"), pure(y, "&"))


def bitwise_or(x: Any, y: Any, /) -> Any:
    """Return x | y of integers, or x or y of booleans."""
    return apply(op(_bitwise("or", x, y)), pure(x, "|"), pure(y, "|"))


def bitwise_xor(x: Any, y: Any, /) -> Any:
    """Return x ^ y of integers, or either x or y of booleans."""
    return apply(op(_bitwise("xor", x, y)), pure(x, "^"), pure(y, "^"))


def bitwise_invert(x: Any, /) -> Any:
    """Return ~x of integers, or not x of booleans."""
    x = pure(x, "~")
    return logical_not(x) if _is_boolean(x) else apply(op("bitwise_xor"), x, -1)


def positive(x: Any, /) -> Any:
    """Return x."""
    return x


def multiply(x: Any, y: Any, /) -> Any:
    """Return x * y, in the product of the units."""
    (a, unit_x), (b, unit_y) = units.split(x), units.split(y)
    unit = unit_y if unit_x is None else unit_x if unit_y is None else unit_x * unit_y
    return units.quantity(apply(op("multiply"), a, b), unit)


def divide(x: Any, y: Any, /) -> Any:
    """Return x / y, in the quotient of the units."""
    (a, unit_x), (b, unit_y) = units.split(x), units.split(y)
    unit = unit_x if unit_y is None else unit_y**-1 if unit_x is None else unit_x / unit_y
    return units.quantity(apply(op("divide"), a, b), unit)


def square(x: Any, /) -> Any:
    """Return x * x, in the squared unit."""
    mantissa, unit = units.split(x)
    return units.quantity(apply(op("square"), mantissa), None if unit is None else unit**2)


def sqrt(x: Any, /) -> Any:
    """Return the square root, in the root of the unit."""
    mantissa, unit = units.split(x)
    return units.quantity(apply(op("sqrt"), mantissa), None if unit is None else unit**0.5)


def pow(x: Any, y: Any, /) -> Any:
    """Return x ** y.

    A small integer power is a chain of products, the same on every backend; a base with a unit needs a plain
    number for its exponent.

    Raises
    ------
    UnitError
        The exponent has a unit, or is an array while the base has a unit.
    """
    mantissa, unit = units.split(x)
    exponent = pure(y, "an exponent")
    host = not isinstance(exponent, Symbol) and np.ndim(exponent) == 0
    number = float(exponent) if host else None
    if unit is not None and number is None:
        msg = (
            f"a value in {units.unit_name(unit)} needs a plain number as exponent{where_am_i()}: the unit of "
            "the result would differ from element to element"
        )
        raise UnitError(msg)
    result_unit = None if unit is None else unit**number
    if number is not None and number.is_integer() and 1 <= number <= 8:
        return units.quantity(_product(mantissa, int(number)), result_unit)
    return units.quantity(apply(op("pow"), mantissa, exponent), result_unit)


def where(condition: Any, x: Any, y: Any, /) -> Any:
    """Return x where the condition holds and y elsewhere, both of one dimension."""
    a, b, unit = align(x, y, "choose between")
    return units.quantity(apply(op("where"), condition, a, b), unit)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Return x limited to the range from ``min`` to ``max``; either may be ``None``."""
    if min is not None:
        x = maximum(x, min)
    return x if max is None else minimum(x, max)


def sigmoid(x: Any, /) -> Any:
    """Return 1 / (1 + e**-x), written with tanh so that it cannot overflow."""
    return 0.5 * (tanh(0.5 * pure(x, "sigmoid")) + 1.0)


def _product(x: Any, n: int) -> Any:
    if n == 1:
        return x
    half = _product(x, n // 2)
    whole = apply(op("multiply"), half, half)
    return apply(op("multiply"), whole, x) if n % 2 else whole


def _is_boolean(x: Any) -> bool:
    return isinstance(x, bool) or str(getattr(x, "dtype", "")).rsplit(".", 1)[-1] == "bool"


def _bitwise(name: str, x: Any, y: Any) -> str:
    return f"logical_{name}" if _is_boolean(x) and _is_boolean(y) else f"bitwise_{name}"
