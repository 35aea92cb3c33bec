"""What expressions may compute with: functions, operators and constants, all of `isospike.math`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from isospike import math, units

__all__ = ["CONSTANTS", "FUNCTIONS", "OPERATORS", "Function"]


@dataclass(frozen=True)
class Function:
    """A function of an expression: how many arguments it takes, and what computes it."""

    arity: int
    compute: Callable[..., Any]


FUNCTIONS: dict[str, Function] = {
    "abs": Function(1, math.abs),
    "arctan": Function(1, math.atan),
    "ceil": Function(1, math.ceil),
    "clip": Function(3, math.clip),
    "cos": Function(1, math.cos),
    "cosh": Function(1, math.cosh),
    "exp": Function(1, math.exp),
    "expm1": Function(1, math.expm1),
    "exprel": Function(1, math.exprel),
    "floor": Function(1, math.floor),
    "log": Function(1, math.log),
    "log1p": Function(1, math.log1p),
    "max": Function(2, math.maximum),
    "min": Function(2, math.minimum),
    "sigmoid": Function(1, math.sigmoid),
    "sign": Function(1, math.sign),
    "sin": Function(1, math.sin),
    "sinh": Function(1, math.sinh),
    "sqrt": Function(1, math.sqrt),
    "tanh": Function(1, math.tanh),
    "where": Function(3, math.where),
}
"""The functions by name."""

CONSTANTS: dict[str, float] = {"pi": math.pi}
"""The numbers that have a name."""


def _multiply(x: Any, y: Any) -> Any:
    """Return x * y; a factor that is a bare unit costs nothing."""
    if units.is_unit(y):
        mantissa, unit = units.split(x)
        return units.quantity(mantissa, y if unit is None else unit * y)
    return _multiply(y, x) if units.is_unit(x) else math.multiply(x, y)


def _divide(x: Any, y: Any) -> Any:
    """Return x / y; a divisor that is a bare unit costs nothing."""
    return _multiply(x, y**-1) if units.is_unit(y) else math.divide(x, y)


OPERATORS: dict[str, Callable[..., Any]] = {
    "+": math.add,
    "-": math.subtract,
    "*": _multiply,
    "/": _divide,
    "**": math.pow,
    "minus": math.negative,
    "<": math.less,
    "<=": math.less_equal,
    ">": math.greater,
    ">=": math.greater_equal,
    "and": math.logical_and,
    "or": math.logical_or,
    "not": math.logical_not,
}
"""The operators by their sign; ``minus`` stands before its operand."""
