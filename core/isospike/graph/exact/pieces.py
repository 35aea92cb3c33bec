"""What the forms of functions are made of: polynomials, powers of two, and numbers in two parts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from isospike.graph.aval import dtype_name
from isospike.graph.exact.arithmetic import product
from isospike.graph.trace import raw

__all__ = ["LOG2", "digits_of", "either", "horner", "magnitude", "odd", "scaled", "short", "smallest", "whole_digits"]

LOG2 = Fraction("0.693147180559945309417232121458176568075500134360255254120680009")
# Bits of a number, and those that are taken from it to leave room for an exact product of two of the rest.
_BITS = {"float32": (24, 12), "float64": (53, 27)}


def smallest(x: Any) -> float:
    """Return the smallest normal number of the dtype of x."""
    return 2.0**-126 if dtype_name(x.dtype) == "float32" else 2.0**-1022


def whole_digits(x: Any) -> int:
    """Return the number of bits of the dtype of x."""
    return _BITS[dtype_name(x.dtype)][0]


def horner(x: Any, coefficients: list[float]) -> Any:
    """Return the polynomial with these coefficients, highest power first."""
    result: Any = coefficients[0]
    for coefficient in coefficients[1:]:
        result = raw.add(product(result, x), coefficient)
    return result


def magnitude(x: Any) -> Any:
    """Return the size of x as it is for x = 0 too: the derivative of ``abs`` is 0 there, and that of this is 1."""
    return raw.where(raw.less(x, 0.0), raw.negative(x), x)


def odd(x: Any, y: Any) -> Any:
    """Return y, a function of the magnitude of x, with the sign of x; NaN where x is."""
    return raw.where(raw.less(x, 0.0), raw.negative(y), raw.where(raw.equal(x, x), y, x))


def either(condition: Any, *choices: Any) -> tuple[Any, ...]:
    """Return the first of each pair where the condition holds, and the second elsewhere."""
    return tuple(raw.where(condition, x, y) for x, y in choices)


def scaled(x: Any, k: Any) -> Any:
    """Return x * 2**k, exactly; in two factors, so that 2**k itself may be no number."""
    first = raw.bitwise_right_shift(k, 1)
    for part in (first, raw.subtract(k, first)):
        # Products with powers of two are exact, and need no guard.
        x = raw.multiply(x, raw.power_of_two(part, to=dtype_name(x.dtype)))
    return x


def short(x: Any) -> Any:
    """Return x rounded to half its bits, so that the product of two such numbers is exact (Dekker 1971)."""
    large = product(x, 2.0 ** _BITS[dtype_name(x.dtype)][1] + 1.0)
    return raw.subtract(large, raw.subtract(large, x))


def digits_of(number: Fraction, digits: int, n: int) -> list[float]:
    """Return n parts of that many binary digits each, and what is left: their sum is the number."""
    parts = []
    for i in range(1, n + 1):
        part = Fraction(round(number * 2 ** (digits * i)), 2 ** (digits * i))
        parts.append(float(part))
        number -= part
    return [*parts, float(number)]
