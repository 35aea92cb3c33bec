"""The initialiser interface: initial values of a State or a weight, drawn on the host."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ParameterError, ShapeError
from isospike.namespace import needs_gradient, to_host
from isospike.parameter import refuse_class
from isospike.random.host import HostRandom
from isospike.state import State

__all__ = ["Initializer", "checked_source", "drawn", "show"]


class Initializer:
    """Base of initialisers; subclasses are frozen dataclasses, called with a shape and a random stream."""

    def __call__(self, shape: tuple[int, ...], rng: HostRandom) -> Any:
        """Return float64 values (a quantity where the parameters have units)."""
        raise NotImplementedError

    @property
    def unit(self) -> Any:
        """Unit of the values, ``None`` for pure numbers."""
        return units.split(self((1,), HostRandom(0, "unit")))[1]


def show(value: Any) -> str:
    """Return a parameter for an initialiser's repr, such as ``-55. mV``."""
    mantissa, unit = units.split(value)
    number = f"{float(mantissa):g}" if getattr(mantissa, "ndim", 0) == 0 else f"array{list(mantissa.shape)}"
    number += "" if any(c in number for c in ".einf[") else "."
    return number if unit is None else f"{number} {units.unit_name(unit)}"


def checked_source(source: Any, shape: tuple[int, ...] | None, title: str, each: str) -> Any:
    """Return what a trainable parameter is made from, its numbers as float64.

    Parameters
    ----------
    source : Quantity, number, array, initialiser or State
        What was given: one number, or an array or a State of ``shape``, or a function that draws one.
    shape : tuple of int or None
        Shape of the parameter; ``None`` where it is not known yet.
    title : str
        The argument, for messages, such as ``"Linear(b_init=...)"``.
    each : str
        What an array holds, such as ``"one weight per synapse"``.

    Raises
    ------
    ShapeError
        It has another shape.
    ParameterError
        It is no number, or not finite, or a class where an object of it is expected.
    """
    refuse_class(title, source)
    if isinstance(source, State):
        given = source.spec.avals[0].shape
    elif callable(source):
        return source
    else:
        mantissa, unit = units.split(source)
        source = units.quantity(_finite(mantissa, title), unit)
        given = np.shape(mantissa)
    if shape is not None and given not in ((), shape):
        msg = f"{title} has shape {given}, expected one number, or {each} in an array of shape {shape}"
        raise ShapeError(msg)
    return source


def drawn(source: Any, shape: tuple[int, ...], rng: HostRandom, title: str, each: str) -> Any:
    """Return a source of `checked_source` with the draws of an initialiser, checked alike, in its place."""
    source = checked_source(source, shape, title, each)
    if isinstance(source, State) or not callable(source):
        return source
    try:
        values = source(shape, rng)
    except ValueError as error:
        msg = f"{title} is {source!r}, which gives no values of shape {shape}: {error}"
        raise ShapeError(msg) from error
    return checked_source(values, shape, title, each)


def _finite(mantissa: Any, title: str) -> np.ndarray:
    if needs_gradient(mantissa):
        msg = (
            f"{title} is a tensor that needs a gradient, but weights are trained as States: write iso.ParamState(...) "
            "around it"
        )
        raise ParameterError(msg)
    array = to_host(mantissa)
    if array.dtype.kind not in "biuf":
        msg = f"{title} is given {mantissa!r}, expected a number or an array, such as 0.6 * u.nS"
        raise ParameterError(msg)
    array = np.array(array, dtype=np.float64)
    if not np.isfinite(array).all():
        msg = f"{title} holds NaN or infinity, expected finite numbers"
        raise ParameterError(msg)
    return array
