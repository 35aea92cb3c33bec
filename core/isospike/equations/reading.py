"""From texts to a `System`: every statement is read, and every name in it has a meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from isospike import units
from isospike.equations.arguments import Given
from isospike.equations.names import check_definition, check_used, in_order
from isospike.equations.nodes import Node
from isospike.equations.parser import read_expression
from isospike.equations.source import Source
from isospike.equations.statements import Statement, read_assignments, read_statements
from isospike.equations.system import INPUT, NOISE, System
from isospike.errors import ParameterError, nearest

__all__ = ["defined_statements", "read_system"]

Texts = Mapping[str, str | None]
_LATER = (
    "is not the same any more when a spike has its effects, in the next step: count the time in a State, as in "
    "ds/dt = 1 : ms, and write s for it"
)


def defined_statements(equations: str) -> list[Statement]:
    """Return the statements of equations, which define each name once.

    Raises
    ------
    ParameterError, UnitError
        One is malformed, a name is taken, or there is no differential equation.
    """
    source = _source("equations", equations)
    statements = read_statements(source)
    defined: set[str] = set()
    for statement in statements:
        check_definition(statement, defined)
        defined.add(statement.name.name)
    if not any(s.kind == "differential" for s in statements):
        problem = "there is no differential equation: write one, such as dv/dt = (E_L - v) / tau : mV"
        raise source.error(0, len(equations), problem)
    return statements


def read_system(statements: Sequence[Statement], given: Given, texts: Texts) -> System:
    """Return a model of its statements, its parameters, and the texts of threshold, reset, scale and potential.

    Raises
    ------
    ParameterError
        A text is malformed, or a name means nothing where it stands.
    """
    states = {s.name.name: s for s in statements if s.kind == "differential"}
    formulas = {s.name.name: s for s in statements if s.kind == "sub-expression"}
    known = [*states, *formulas, *given.units]
    for statement in (*formulas.values(), *states.values()):
        _check_right(statement, known)
    read = {
        name: None if text is None else read_expression(_source(name, text))
        for name, text in texts.items()
        if name in ("threshold", "scale")
    }
    system = System(
        states,
        in_order(formulas),
        {name: units.parse_unit(text) if text else None for name, text in given.units.items()},
        _potential(texts["potential"], states),
        next((s.unit_text for s in statements if s.name.name == INPUT), "mA"),
        read["threshold"],
        () if texts["reset"] is None else tuple(read_assignments(_source("reset", texts["reset"]))),
        read["scale"],
        given.refractory,
    )
    _check_event(system, known)
    _check_constant(system)
    return system


def _source(option: str, text: Any) -> Source:
    return Source(f"from_equations({option}=...)", text)


def _check_right(statement: Statement, known: Sequence[str]) -> None:
    """Refuse names without a meaning; noise is one draw, so no sub-expression, which is computed anew, can hold it."""
    assert statement.right is not None
    without = {}
    if statement.kind == "sub-expression":
        without = {NOISE: "is white noise: write it into the differential equation itself"}
    check_used(statement.right, known, without)


def _potential(text: str | None, states: Mapping[str, Statement]) -> str:
    name = next(iter(states)) if text is None else text
    if name not in states:
        listed = f"{nearest(str(name), states)} The States are {', '.join(states)}"
        raise ParameterError(f"from_equations(potential=...): there is no State {name!r}.{listed}")
    return name


def _check_event(system: System, known: Sequence[str]) -> None:
    """Refuse a threshold that is none, and what belongs to a spike where there is none."""
    if system.threshold is None:
        for option, text in (("reset", system.reset), ("scale", system.scale), ("refractory", system.refractory)):
            if text:
                fix = f'give it, as in threshold="{system.potential} > V_th"'
                raise ParameterError(f"from_equations({option}=...) says what happens at a threshold: {fix}")
    else:
        _check_threshold(system, system.threshold, known)
    for name in () if system.refractory else system.held:
        problem = "nothing holds it, as there is no refractory period: pass refractory=2 * u.ms"
        raise system.states[name].name.error(problem)
    for assignment in system.reset:
        if assignment.target.name not in system.states:
            listed = f"{nearest(assignment.target.name, system.states)} The States are {', '.join(system.states)}"
            raise assignment.target.error(f"{str(assignment.target)!r} is no State, so it cannot change.{listed}")
        check_used(assignment.right, known, system.flowing)
    if system.scale is not None:
        _check_scale(system, system.scale, known)


def _check_threshold(system: System, threshold: Node, known: Sequence[str]) -> None:
    if not threshold.is_condition:
        raise threshold.error(f"{threshold.piece} is a number, expected a condition, such as {threshold} > V_th")
    check_used(threshold, known, {**system.flowing, **dict.fromkeys(("t", *_needing(system, ["t"])), _LATER)})
    if system.states.keys().isdisjoint(system.reached(threshold)):
        raise threshold.error(f"{threshold.piece} depends on no State, so no cell would ever change its mind")


def _check_scale(system: System, scale: Node, known: Sequence[str]) -> None:
    varying = (*system.states, "t", *_needing(system, (*system.states, "t")))
    reason = "changes, but a scale is made of parameters, as in V_th - V_r"
    check_used(scale, known, {**system.flowing, **dict.fromkeys(varying, reason)})


def _needing(system: System, names: Iterable[str]) -> list[str]:
    """Return the sub-expressions that need one of these names."""
    return [formula for formula in system.formulas if not system.reached_by(formula).isdisjoint(names)]


def _check_constant(system: System) -> None:
    for name in system.constant:
        if INPUT in system.reached_by(name):
            raise system.formulas[name].name.error(
                f"{name!r} needs the input current, which no value of the beginning of a step can hold: leave out the "
                "flag (constant over dt)"
            )
