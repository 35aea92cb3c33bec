"""How functions of `isospike.math` treat units; each rule turns a raw operation into a unit-aware function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from isospike import units
from isospike.errors import UnitError
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import apply, where_am_i

__all__ = ["align", "dimensionless", "keeping", "matching", "plain", "pure"]


def align(x: Any, y: Any, doing: str) -> tuple[Any, Any, Any]:
    """Return two mantissas in the unit of the first, and that unit.

    Raises
    ------
    UnitError
        The dimensions differ. A literal zero joins any unit.
    """
    (a, unit_x), (b, unit_y) = units.split(x), units.split(y)
    if unit_x is unit_y:
        return a, b, unit_x
    if unit_y is None and _is_zero(b):
        return a, b, unit_x
    if unit_x is None and _is_zero(a):
        return a, b, unit_y
    if not units.same_dimension(unit_x, unit_y):
        msg = (
            f"cannot {doing} a value in {units.unit_name(unit_x)} and one in "
            f"{units.unit_name(unit_y)}{where_am_i()}: both must have the same physical "
            "dimension. Check the units of the parameters and inputs in this expression"
        )
        raise UnitError(msg)
    factor = units.scale_factor(unit_y, unit_x)
    return a, b if factor == 1.0 else apply(op("multiply"), b, factor), unit_x


def pure(x: Any, doing: str) -> Any:
    """Return the mantissa of a dimensionless value, or raise ``UnitError``."""
    mantissa, unit = units.split(x)
    if unit is None:
        return mantissa
    if not unit.dim.is_dimensionless:
        name = units.unit_name(unit)
        code = units.as_code(1.0, name).removeprefix("1 * ")
        divisor = f"({code})" if set("*/ ") & set(code) else code
        msg = (
            f"{doing} needs a dimensionless argument, but was given one in {name}{where_am_i()}: divide by a "
            f"unit or a parameter first, as in x / {divisor}"
        )
        raise UnitError(msg)
    factor = units.scale_factor(unit, None)
    return mantissa if factor == 1.0 else apply(op("multiply"), mantissa, factor)


def matching(name: str, doing: str, doc: str, *, comparison: bool = False) -> Callable[[Any, Any], Any]:
    """Two operands of one dimension; the result is in the unit of the first, or boolean for a comparison."""
    operation = op(name)

    def function(x: Any, y: Any, /) -> Any:
        a, b, unit = align(x, y, doing)
        result = apply(operation, a, b)
        return result if comparison else units.quantity(result, unit)

    return _named(function, name, doc)


def dimensionless(name: str, doc: str) -> Callable[[Any], Any]:
    """One dimensionless operand, dimensionless result."""
    operation = op(name)

    def function(x: Any, /) -> Any:
        return apply(operation, pure(x, name))

    return _named(function, name, doc)


def keeping(name: str, doc: str) -> Callable[[Any], Any]:
    """One operand, whose unit the result keeps."""
    operation = op(name)

    def function(x: Any, /) -> Any:
        mantissa, unit = units.split(x)
        return units.quantity(apply(operation, mantissa), unit)

    return _named(function, name, doc)


def plain(name: str, doc: str) -> Callable[..., Any]:
    """Operands of any unit-less kind (booleans, integers), passed on as they are."""
    operation = op(name)

    def function(*operands: Any) -> Any:
        return apply(operation, *(pure(x, name) for x in operands))

    return _named(function, name, doc)


def dropping(name: str, doc: str) -> Callable[[Any], Any]:
    """One operand, whose unit does not matter to the result (``sign``, ``isnan``)."""
    operation = op(name)

    def function(x: Any, /) -> Any:
        return apply(operation, units.split(x)[0])

    return _named(function, name, doc)


def _is_zero(x: Any) -> bool:
    return not isinstance(x, Symbol) and isinstance(x, (int, float, np.generic)) and x == 0


def _named(function: Callable[..., Any], name: str, doc: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    function.__module__ = "isospike.math"
    return function
