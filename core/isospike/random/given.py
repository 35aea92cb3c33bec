"""The parameters of a draw: numbers that are known on the host when the step is traced, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ParameterError, ShapeError
from isospike.graph.symbol import Symbol
from isospike.namespace import to_host
from isospike.random.gaussian import Floats

__all__ = ["check_shape", "numbers_between"]


def numbers_between(what: str, value: Any, low: float, high: float, example: str) -> Floats:
    """Return plain numbers in float64.

    Parameters
    ----------
    what : str
        What is given to which draw, for messages.
    value : number or array
        What is given; a quantity must be dimensionless, such as a rate times dt.
    low, high : float
        The range that is allowed, ends included.
    example : str
        What to write instead.

    Raises
    ------
    ParameterError
        It is computed in the step, or holds no number, or one that is out of range or not finite.
    UnitError
        It has a unit.
    """
    mantissa = units.convert(value, None, what=what)
    if isinstance(mantissa, Symbol):
        raise ParameterError(
            f"{what} is a traced value, but tables are made of it when the step is traced: give a number or an array "
            f"that no step changes, as in {example}"
        )
    allowed = f"numbers from {low:g} to {high:g}" if np.isfinite(high) else f"finite numbers from {low:g} on"
    try:
        array = to_host(mantissa)
    except ValueError:  # lists of unequal lengths
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise ParameterError(f"{what} is {mantissa!r}, expected {allowed}: write {example}")
    numbers = array.astype(np.float64)
    right = np.isfinite(numbers) & (low <= numbers) & (numbers <= high)
    if not right.all():
        raise ParameterError(f"{what} holds {numbers[~right][0]:g}, expected {allowed}: write {example}")
    return numbers


def check_shape(what: str, given: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """Raise ``ShapeError`` where a parameter does not broadcast to the shape of a draw."""
    try:
        fits = np.broadcast_shapes(given, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(f"{what} has shape {given}, expected one number, or an array that broadcasts to {shape}")
