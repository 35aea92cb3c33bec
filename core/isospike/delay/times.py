"""Times of delays: what a user gives, checked, and counted in steps of dt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import environ, units
from isospike.dynamics import duration_steps
from isospike.errors import ParameterError, UnitError
from isospike.initializer import Initializer, checked_source, drawn
from isospike.parameter import check_plausible
from isospike.random.host import HostRandom
from isospike.state import State

__all__ = ["INTERPOLATIONS", "Steps", "checked_time", "count_steps", "drawn_times", "dt_in_ms"]

INTERPOLATIONS = ("nearest", "linear")
_USUAL = (0.0, 1000.0)
_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class Steps:
    """Delays in steps.

    Parameters
    ----------
    whole : array of int32, shape () or (n,)
        Whole steps.
    rest : array of float64, or None
        What is beyond, as a fraction of a step; ``None`` where there is nothing.
    """

    whole: np.ndarray
    rest: np.ndarray | None = None

    @property
    def depth(self) -> int:
        """Steps that must be remembered."""
        return int(self.whole.max(initial=0)) + (self.rest is not None)

    def same(self, other: Steps | None) -> bool:
        """Say whether another holds the same numbers."""
        if other is None:
            return False
        mine, theirs = (0.0 if steps.rest is None else steps.rest for steps in (self, other))
        return np.array_equal(self.whole, other.whole) and np.array_equal(mine, theirs)


def checked_time(time: Any, shape: tuple[int, ...] | None, title: str, each: str) -> Any:
    """Return the time, an array of times, or the initialiser that gives them.

    Raises
    ------
    ParameterError
        A time is negative, is no number, or is a State, which a delay cannot be made from.
    ShapeError
        It has another shape.
    UnitError
        It is no time.
    """
    if isinstance(time, State):
        msg = f"{title} is a State, but a delay is a whole number of steps and cannot be trained: pass 1.5 * u.ms"
        raise ParameterError(msg)
    source = checked_source(time, shape, title, each)
    unit = source.unit if isinstance(source, Initializer) else None if callable(source) else units.split(source)[1]
    if (isinstance(source, Initializer) or not callable(source)) and not units.same_dimension(
        unit, units.parse_unit("ms")
    ):
        msg = f"{title} is {time!r}, expected a time: write 1.5 * u.ms"
        raise UnitError(msg)
    return source if callable(source) else _checked_values(source, title)


def drawn_times(source: Any, shape: tuple[int, ...], rng: HostRandom, title: str, each: str) -> Any:
    """Return one time, or a row of one for each element of ``shape``, with the draws of an initialiser in its place."""
    times, unit = units.split(_checked_values(drawn(source, shape, rng, title, each), title))
    return units.quantity(times.reshape(-1) if times.ndim else times, unit)


def _checked_values(times: Any, title: str) -> Any:
    unit = units.parse_unit("ms")
    values = np.asarray(units.convert(times, unit, what=title), dtype=np.float64)
    if (values < 0).any():
        msg = f"{title} is {float(values.min()):g} ms, expected zero or a positive time, such as 1.5 * u.ms"
        raise ParameterError(msg)
    check_plausible(title, values, "ms", _USUAL)
    return units.quantity(values, unit)


def count_steps(times: Any, interpolation: str, title: str, *, is_drawn: bool = False) -> Steps:
    """Return times in steps of dt: the nearest whole number of them, or with the fraction that is left.

    Warns
    -----
    PlausibilityWarning
        A time is moved to the nearest step by more than a millionth of itself, and is not drawn at random.
    """
    exact = np.asarray(units.split(times)[0], dtype=np.float64) / dt_in_ms()
    nearest = np.rint(exact)
    if interpolation == "nearest":
        return Steps(duration_steps(nearest * environ.get_dt() if is_drawn else times, title))
    on_grid = abs(exact - nearest) <= _SLACK * exact
    whole = np.where(on_grid, nearest, np.floor(exact))
    rest = np.where(on_grid, 0.0, exact - whole)
    return Steps(whole.astype(np.int32), rest if rest.any() else None)


def dt_in_ms() -> float:
    """Return the step size that is in force."""
    return float(units.convert(environ.get_dt(), units.parse_unit("ms"), what="dt"))
