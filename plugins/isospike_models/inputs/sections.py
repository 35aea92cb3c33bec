"""Values that change at given times, which several inputs share."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math, units
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.namespace import to_host

__all__ = ["checked_times", "checked_values", "section_of"]


def section_of(step: Any, starts: np.ndarray) -> Any:
    """Return how many of the sections that start at these steps have started, int32."""
    return math.sum(math.astype(math.less_equal(starts, step), "int32"))


def checked_times(title: str, times: Any, *, positive: bool = False) -> Any:
    """Return times as float64 in ms, a vector; not negative and ascending, or all positive."""
    mantissa, unit = units.split(times)
    ms = units.parse_unit("ms")
    if not units.same_dimension(unit, ms):
        msg = f"{title} is in {units.unit_name(unit)}, expected times: write [10, 20] * u.ms"
        raise UnitError(msg)
    array = np.atleast_1d(np.asarray(units.rescale(to_host(mantissa), unit, ms), dtype=np.float64))
    right = array > 0 if positive else (array >= 0) & (np.diff(array, prepend=-1.0) > 0)
    if array.ndim != 1 or not (np.isfinite(array) & right).all():
        wanted = "positive times" if positive else "times from 0 ms on that rise"
        msg = f"{title} is {array} ms, expected {wanted}: write [10, 20] * u.ms"
        raise ParameterError(msg)
    return units.quantity(_held(array), ms)


def checked_values(title: str, values: Any, count: int, in_size: tuple[int, ...]) -> Any:
    """Return one value, or one of each cell, for each of ``count`` sections, as float64 in the unit given."""
    mantissa, unit = units.split(values)
    array = np.asarray(to_host(mantissa), dtype=np.float64)
    if array.shape not in ((count,), (count, *in_size)):
        msg = (
            f"{title} has shape {array.shape}, expected ({count},) or {(count, *in_size)}, values for {count} sections"
        )
        raise ShapeError(msg)
    if not np.isfinite(array).all():
        msg = f"{title} holds NaN or infinity, expected finite numbers"
        raise ParameterError(msg)
    return units.quantity(_held(array), unit)


def _held(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False  # so that no step is traced anew for fear of a change
    return array
