"""The value of an expression: the tree is walked with functions of `isospike.math`, traced or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from isospike import units
from isospike.equations.functions import CONSTANTS, FUNCTIONS, OPERATORS
from isospike.equations.nodes import Call, Name, Node, Number, Operation, named
from isospike.errors import UnitError

__all__ = ["Lookup", "Scope", "evaluate", "reached", "unit_named"]

Lookup = Callable[[Name], Any]


def evaluate(node: Node, lookup: Lookup) -> Any:
    """Return the value of an expression.

    Parameters
    ----------
    node : Node
        The expression.
    lookup : callable
        Gives the value of a name, or raises.

    Raises
    ------
    UnitError
        Units do not fit; the smallest piece in which they do not is marked.
    """
    match node:
        case Number(value=value):
            return value
        case Name():
            return lookup(node)
        case Call(function=name):
            compute = FUNCTIONS[name].compute
        case Operation(operator=operator):
            compute = OPERATORS[operator]
    operands = [evaluate(operand, lookup) for operand in node.operands]
    try:
        return compute(*operands)
    except UnitError:
        raise node.error(_misfit(node, [units.split(x)[1] for x in operands]), UnitError) from None


class Scope:
    """What the names of expressions stand for at one time; each sub-expression is evaluated once, where it is needed.

    Parameters
    ----------
    formulas : mapping of str to Node
        Sub-expressions, those first that others need.
    known : mapping of str to value
        Values that are there already; they win over all others.
    given : callable
        Gives the value of any other name.
    """

    def __init__(self, formulas: Mapping[str, Node], known: Mapping[str, Any], given: Callable[[str], Any]) -> None:
        self.formulas, self.known, self.given = formulas, dict(known), given

    def value(self, node: Node) -> Any:
        """Return the value of an expression here."""
        needed = reached(node, self.formulas)
        # Where values are there already, a division by 0 is as quiet as it is in compiled code.
        with np.errstate(all="ignore"):
            # In their order, so that a long chain of sub-expressions needs no deep recursion.
            for name, formula in self.formulas.items():
                if name in needed and name not in self.known:
                    self.known[name] = self._valued(formula)
            return self._valued(node)

    def _valued(self, node: Node) -> Any:
        value = evaluate(node, self._named)
        return units.quantity(1.0, value) if units.is_unit(value) else value

    def _named(self, name: Name) -> Any:
        key = name.name
        if key not in self.known:
            unit = unit_named(key)
            self.known[key] = CONSTANTS[key] if key in CONSTANTS else self.given(key) if unit is None else unit
        return self.known[key]


def reached(node: Node, formulas: Mapping[str, Node]) -> set[str]:
    """Return all names that an expression needs, by way of sub-expressions too; these stand in their order."""
    names = {name.name for name in named(node)}
    for name in reversed(list(formulas)):
        if name in names:
            names |= {inner.name for inner in named(formulas[name])}
    return names


def unit_named(name: str) -> Any:
    """Return the unit that a name stands for in an expression, or ``None``; names of one letter are no units there."""
    found = getattr(units.engine(), name, None) if len(name) > 1 else None
    return found if units.is_unit(found) else None


def _misfit(node: Node, given: list[Any]) -> str:
    names = [f"{x.piece} is in {units.unit_name(unit)}" for x, unit in zip(node.operands, given, strict=True)]
    if isinstance(node, Operation) and node.operator == "**":
        return f"{names[0]}, so its exponent has to be a plain number, as in x**2; {names[1]}"
    if len(names) > 1:
        what = node.operator if isinstance(node, Operation) else f"{node.function}(...)"  # type: ignore[attr-defined]
        return f"{' and '.join(names)}, which {what} cannot join: both need the same physical dimension"
    function = node.function if isinstance(node, Call) else node.operator  # type: ignore[attr-defined]
    fix = f"divide it by a parameter or a unit, as in {function}(... / mV)"
    return f"{names[0]}, but {function} takes a number without a unit: {fix}"
