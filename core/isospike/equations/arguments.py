"""The parameters of a model: those that its equations declare, and those that are given with a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from isospike import units
from isospike.equations.names import why_taken
from isospike.equations.statements import Statement
from isospike.equations.system import INPUT, INPUT_GIVEN
from isospike.errors import IsospikeError, ParameterError, UnitError
from isospike.parameter import REQUIRED

__all__ = ["Given", "read_given"]

_REFRACTORY = "tau_ref"
_START = "_initializer"


@dataclass
class Given:
    """What `from_equations` is told beside the texts.

    Parameters
    ----------
    units : dict of str to str
        Each parameter with its unit, as text; empty for a pure number.
    defaults : dict of str to float
        The values in these units, ``REQUIRED`` where there is none.
    starts : dict of str to object
        Initial values by their State.
    values : list of str
        The parameters that are given with a value.
    spk_fun : object
        The surrogate; ``None`` for the usual one.
    refractory : str
        The parameter that is the refractory period; empty where there is none.
    """

    units: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    starts: dict[str, Any] = field(default_factory=dict)
    values: list[str] = field(default_factory=list)
    spk_fun: Any = None
    refractory: str = ""


def read_given(statements: Sequence[Statement], refractory: Any, parameters: Mapping[str, Any]) -> Given:
    """Return the parameters of a model, each with its unit.

    Raises
    ------
    ParameterError, UnitError
        A value is no number, or in another unit than its declaration; a name is taken.
    """
    given, kinds = Given(), {s.name.name: s.kind for s in statements}
    for statement in statements:
        if statement.kind == "parameter" and statement.name.name != INPUT:
            given.units[statement.name.name] = statement.unit_text
            given.defaults[statement.name.name] = REQUIRED
    for name, value in parameters.items():
        state = name.removesuffix(_START)
        if name == "spk_fun":
            given.spk_fun = value
        elif name != state and kinds.get(state) == "differential":
            given.starts[state] = value
        else:
            _give(given, name, value, kinds)
    given.refractory = _refractory(given, refractory, kinds)
    return given


def _give(given: Given, name: str, value: Any, kinds: Mapping[str, str]) -> None:
    title = f"from_equations({name}=...)"
    if name == INPUT:
        raise ParameterError(f"{title}: {INPUT_GIVEN}")
    if name not in given.units and (meaning := _meaning(name, kinds)):
        raise ParameterError(f"{title}: {name!r} is {meaning}: give values to parameters only")
    mantissa, unit = units.split(value)
    number = _number(title, mantissa)
    text = given.units.setdefault(name, "" if unit is None else units.unit_name(unit))
    declared = _parsed(title, name, text)
    if not units.same_dimension(unit, declared):
        raise UnitError(
            f"{title} is in {units.unit_name(unit)}, but the equations declare {name} : {text or '1'}: write "
            f"{name}={units.as_code(number, text)}, or change the declaration"
        )
    given.values.append(name)
    given.defaults[name] = float(units.rescale(number, unit, declared))


def _meaning(name: str, kinds: Mapping[str, str]) -> str:
    """Return what a name is beside a parameter; nothing where it is free to be one."""
    kind = kinds.get(name, "parameter")
    if kind == "differential":
        return f"a State, whose initial value is given as {name}{_START}=..."
    return why_taken(name) if kind == "parameter" else f"a {kind} of the equations"


def _parsed(title: str, name: str, text: str) -> Any:
    try:
        return units.parse_unit(text) if text else None
    except UnitError:  # one that was computed, and has no name
        fix = f"declare it in the equations, as in {name} : 1/mV"
        raise UnitError(f"{title} is in {text}, which is no unit with a name: {fix}") from None


def _number(title: str, mantissa: Any) -> float:
    try:
        array = np.asarray(mantissa, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.asarray(np.nan)
    if array.ndim or not np.isfinite(array):
        raise ParameterError(
            f"{title} is {mantissa!r}, expected a finite number, such as 10 * u.ms. Declare it in the equations, as in "
            "tau : ms, and give arrays and initialisers when you make cells, as in Cell(100, tau=...)"
        )
    return float(array)


def _refractory(given: Given, refractory: Any, kinds: Mapping[str, str]) -> str:
    """Return the parameter that is the refractory period, which a time that is given becomes."""
    if refractory is None:
        return ""
    if not isinstance(refractory, str):
        if _REFRACTORY in given.units or _REFRACTORY in kinds:
            raise _time_error(f"the equations use {_REFRACTORY!r} themselves")
        _give(given, _REFRACTORY, refractory, kinds)
        refractory = _REFRACTORY
    if refractory not in given.units:
        raise _time_error(f"{refractory[:60]!r} is no parameter")
    text = given.units[refractory]
    if not units.same_dimension(units.parse_unit(text) if text else None, units.parse_unit("ms")):
        raise _time_error(f"{refractory} is in {text or '1'}")
    return str(refractory)


def _time_error(problem: str) -> IsospikeError:
    return ParameterError(
        f"from_equations(refractory=...): {problem}, expected a time, such as 2 * u.ms, or the name of a parameter "
        "that is one"
    )
