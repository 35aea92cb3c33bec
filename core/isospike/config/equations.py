"""A population that a network file spells out by its equations, in place of the name of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isospike.config.part import Part, read_arguments
from isospike.config.place import Place
from isospike.config.quantities import read_value
from isospike.equations import from_equations
from isospike.equations.neuron import EquationNeuron
from isospike.equations.system import INPUT
from isospike.errors import ConfigError

__all__ = ["described", "read_equations"]

_TEXTS = ("threshold", "reset", "potential", "scale", "method")


def read_equations(place: Place, equations: str, given: Mapping[str, Any], size: tuple[int, ...]) -> Part:
    """Return the class of neurons that a table spells out, with its arguments.

    Parameters
    ----------
    place : Place
        The table.
    equations : str
        Its equations.
    given : mapping
        Its other keys: threshold, reset and the like, and parameters with their values.
    size : tuple of int
        Shape of the population.

    Raises
    ------
    ConfigError
        A text is malformed, or a value is no number, quantity or table; the message has the key.
    """
    if INPUT in given:
        fix = f'let one flow in, as in [inputs.drive] model = "ConstantInput", or name the constant {INPUT}_0'
        raise place.error(INPUT, f"is the input current: {fix}", given[INPUT])
    texts = {key: given[key] for key in _TEXTS if key in given}
    # A number makes its parameter; an array or what is drawn needs a declaration, as it is of these cells only.
    scalars = {k: _scalar(place, k, v) for k, v in given.items() if k not in texts and not isinstance(v, dict | list)}
    with place.explain({"equations": equations, **given}):
        cls = from_equations(equations, **texts, **scalars)
    rest = {key: value for key, value in given.items() if key not in texts and key not in scalars}
    return read_arguments(place, cls.__name__, cls, rest, in_size=size)


def described(cls: Any) -> dict[str, Any]:
    """Return what a description of a population says of its class beside the name: its equations, if it has such."""
    description: dict[str, Any] = cls.system.description() if issubclass(cls, EquationNeuron) else {}
    return description


def _scalar(place: Place, key: str, raw: Any) -> Any:
    """Return a number or a quantity; of an initial value, and of what names a parameter, also the text itself."""
    try:
        return read_value(raw)
    except ConfigError as error:
        if isinstance(raw, str) and (key.endswith("_initializer") or key == "refractory"):
            return raw
        raise place.error(key, str(error), raw) from error
