"""Delay: what comes in, some time later, the same for all cells or for each its own."""

from __future__ import annotations

import math
from typing import Any

from isospike import units
from isospike.delay.base import BaseDelay
from isospike.delay.times import checked_time
from isospike.dynamics import Size, as_size
from isospike.errors import ShapeError
from isospike.math import reshape
from isospike.state import ShortTermState

__all__ = ["Delay"]


class Delay(BaseDelay):
    r"""A delay of one time for all cells, or one for each.

    .. math:: y_i(t) = x_i(t - d_i)

    Call it once in each step. A spike that the presynaptic population emits in step k, and that a projection
    without delay would deliver in step k + 1, is delivered in step k + 1 + d / dt. Times are rounded to the
    nearest step, or interpolated: a spike that falls between two steps is then split between them, with the
    sum 1, and its whole charge is that of one spike.

    Spikes take one bit for each step: a step costs one word of 31 steps for each cell. Values take one number
    for each step, and a step moves all of them: O(n d / dt).

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    time : Quantity, array of shape ``in_size``, or initialiser
        Time d, such as ``1.5 * u.ms``; an initialiser draws one for each cell.
    interpolation : {"nearest", "linear"}
        Round to a whole number of steps (by default), or interpolate.
    keeps : {"spikes", "values"}, optional
        What comes in: 0 and 1, of which whatever is not 0 is a spike; or numbers. By default spikes, and values
        where the States are made inside ``environ.context(fit=True)``: a gradient flows through values only.

    Raises
    ------
    ParameterError, UnitError, ShapeError
        The time is negative, is no time, or does not fit the population.
    StateError
        It runs with another dt than that with which its States were made.

    Warns
    -----
    PlausibilityWarning
        Rounding moves a time that is given, not drawn, by more than a millionth of itself.

    Examples
    --------
    >>> import numpy as np
    >>> import isospike as iso
    >>> from isospike import units as u
    >>> with iso.environ.context(dt=0.1 * u.ms, backend="numpy"):
    ...     delay = iso.init_all_states(iso.Delay(1, 0.3 * u.ms))
    ...     print(iso.transform.for_loop(delay, np.array([[1.0], [0.0], [0.0], [0.0], [0.0]])).T)
    [[0. 0. 0. 1. 0.]]
    """

    is_synaptic = False

    def __init__(self, in_size: Size, time: Any, *, interpolation: str = "nearest", keeps: str | None = None) -> None:
        super().__init__(interpolation, keeps)
        self.in_size = as_size(in_size, f"{type(self).__name__}(in_size=...)")
        self.out_size = self.in_size
        self.time = checked_time(time, self.in_size, self.title, self._each)

    def init_state(self, batch_size: int | None = None) -> None:
        """Make a history in which nothing has come yet."""
        self.history = ShortTermState(self.prepare(self.in_size, self.n, self.before(), batch_size))

    def before(self) -> Any:
        """Return what has come before the first step, of shape ``(n,)`` or one for all."""
        return 0.0

    @property
    def n(self) -> int:
        """Number of cells."""
        return math.prod(self.in_size)

    def update(self, x: Any) -> Any:
        """Take x, of shape ``(*batch, *in_size)``, and return what is due."""
        shape = tuple(units.split(x)[0].shape)
        batch = shape[: len(shape) - len(self.in_size)]
        if shape[len(batch) :] != self.in_size:
            msg = (
                f"{type(self).__name__} {self.path!r} takes the spikes of {self.in_size} cells, but was given shape "
                f"{shape}: give it the size of the population, iso.Delay({shape[-1:] or 1}, ...)"
            )
            raise ShapeError(msg)
        self.push(x if len(self.in_size) == 1 else reshape(x, (*batch, self.n)))
        steps, _ = self._ready()
        due = self.read(steps)
        return due if len(self.in_size) == 1 else reshape(due, (*units.split(due)[0].shape[:-1], *self.in_size))
