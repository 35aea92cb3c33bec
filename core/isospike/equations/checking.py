"""The units of a model, checked when it is made: its expressions are computed once, with ones in the right units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from isospike import environ, units
from isospike.equations.evaluate import Scope, evaluate
from isospike.equations.firing import comparisons
from isospike.equations.nodes import Call, Node, Operation, named
from isospike.equations.system import INPUT, System, is_noise
from isospike.errors import IsospikeError, UnitError

__all__ = ["UnitCheck"]

_LARGEST_POWER = 64


class UnitCheck:
    """Knows the unit of every name of a model, and says whether that of an expression is the one it should have.

    Parameters
    ----------
    system : System
        The model.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.time = units.parse_unit("ms")
        self.units = dict(system.parameters) | {name: s.unit for name, s in system.states.items()}
        self.units |= {INPUT: units.parse_unit(system.input_unit or "1"), "t": self.time, "dt": self.time}

    def system_is_sound(self) -> None:
        """Check all right-hand sides, the threshold, the reset and the scale.

        Raises
        ------
        UnitError
            Two units do not fit; the piece is marked.
        ParameterError
            A number is not finite, a power too large, or noise no term of its own.
        """
        system = self.system
        for name, statement in system.formulas.items():
            self.require(statement.right, statement.unit, f"{name} is declared in {units.unit_name(statement.unit)}")
        for name, statement in system.states.items():
            per_time = self.time**-1 if statement.unit is None else statement.unit / self.time
            why = f"d{name}/dt is in {units.unit_name(per_time)}"
            self.require(statement.right, per_time, f"{why}: divide by a time constant, as in (E_L - v) / tau")
            _check_noise(statement.right)
        if system.threshold is not None:
            self.value(system.threshold)
            for comparison in comparisons(system.threshold) if system.scale is not None else ():
                unit = units.split(self.value(comparison.operands[0]))[1]
                self.require(system.scale, unit, f"it measures {comparison}, which is in {units.unit_name(unit)}")
        for assignment in system.reset:
            wanted = system.states[assignment.target.name].unit
            if assignment.operator in ("*=", "/="):
                wanted = None
            self.require(assignment.right, wanted, f"{assignment} needs one in {units.unit_name(wanted)}")

    def require(self, node: Node | None, unit: Any, because: str) -> None:
        """Refuse an expression in another unit."""
        if node is None:
            return
        given = units.split(self.value(node))[1]
        if units.same_dimension(given, unit):
            return
        raise node.error(f"{node.piece} is in {units.unit_name(given)}, but {because}", UnitError)

    def value(self, node: Node) -> Any:
        """Return the value of an expression where all that varies is an array of one."""
        # Outside of the numerics in force: only units matter, and ones may well be a pole.
        with environ.context(numerics="fast"), np.errstate(all="ignore"):
            for part in _parts(node):
                _check_constant(part)
            return Scope(self.system.rights, {}, self._ones).value(node)

    def _ones(self, name: str) -> Any:
        unit = self.time**-0.5 if is_noise(name) else self.units[name]
        return units.quantity(np.ones(1), unit)


def _parts(node: Node) -> Iterator[Node]:
    yield node
    for operand in node.operands:
        yield from _parts(operand)


def _check_constant(node: Node) -> None:
    """Refuse what is known beforehand to be no number, and a power that only overflows."""
    is_power = isinstance(node, Operation) and node.operator == "**"
    if is_power and not any(named(node.operands[1])):
        exponent = node.operands[1]
        if not abs(float(evaluate(exponent, _nothing))) <= _LARGEST_POWER:
            raise exponent.error(f"the exponent {exponent.piece} is not between -{_LARGEST_POWER} and {_LARGEST_POWER}")
    if isinstance(node, Call | Operation) and not node.is_condition and not any(named(node)):
        value = evaluate(node, _nothing)
        if not np.isfinite(value):
            raise node.error(f"{node.piece} is {float(value):g}, expected a finite number")


def _nothing(name: Any) -> Any:
    raise KeyError(name)


def _check_noise(node: Node | None) -> None:
    """Refuse white noise that is not a term, or a factor of one: only then does it have a meaning as dt goes to 0."""
    if node is None:
        return
    for name in named(node):
        if is_noise(name.name) and not _is_linear(node, name.name):
            raise _nonlinear(name, node)


def _is_linear(node: Node, noise: str) -> bool:
    holding = [noise in {n.name for n in named(operand)} for operand in node.operands]
    if not any(holding):
        return True
    operator = node.operator if isinstance(node, Operation) else "call"
    allowed = {"+": True, "-": True, "minus": True, "*": sum(holding) == 1, "/": holding == [True, False]}
    return allowed.get(operator, False) and all(_is_linear(operand, noise) for operand in node.operands)


def _nonlinear(name: Node, node: Node) -> IsospikeError:
    return name.error(
        f"white noise is a term of {node.piece}, or a factor of one, as in sigma * sqrt(2 / tau) * {name}"
    )
