"""Frames: events counted in bins of time, as the input of a network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import environ, units
from isospike.data.events import Events
from isospike.errors import ParameterError, ShapeError

__all__ = ["Frames"]

# An event this close before the end of a bin, in bins, belongs to the next: times are decimal, bins are not.
_EDGE = 1e-9


class Frames:
    r"""Recordings of events as arrays, made when they are asked for.

    Bin i of a frame holds the number of events with :math:`i\,dt \le t < (i + 1)\,dt` at each address. What comes
    after ``duration`` is left out.

    Parameters
    ----------
    recordings : sequence of Events
        Such as `isospike.data.SHD`; all of one shape.
    duration : Quantity, time
        Length of all frames; rounded to a whole number of bins.
    dt : Quantity, time, optional
        Length of a bin; that of the environment by default, so that a bin is a step.

    Raises
    ------
    UnitError
        ``duration`` or ``dt`` is no time.
    ParameterError
        ``duration`` or ``dt`` is not positive, or ``duration`` is less than a bin.

    Examples
    --------
    >>> import isospike as iso
    >>> from isospike import units as u
    >>> recordings = [iso.data.Events([0, 1500, 1500], [0, 2, 2], shape=(4,))]
    >>> iso.data.Frames(recordings, duration=2 * u.ms, dt=1 * u.ms)[0]
    array([[1., 0., 0., 0.],
           [0., 0., 2., 0.]], dtype=float32)
    """

    def __init__(self, recordings: Sequence[Events], duration: Any, *, dt: Any = None) -> None:
        self.recordings = recordings
        self.dt = _microseconds("dt", environ.get_dt() if dt is None else dt)
        self.n_steps = round(_microseconds("duration", duration) / self.dt)
        if self.n_steps < 1:
            msg = f"Frames(duration={duration}) is less than one bin of {self.dt:g} us: write duration=100 * u.ms"
            raise ParameterError(msg)

    def __len__(self) -> int:
        """Return the number of recordings."""
        return len(self.recordings)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Return the frames (steps, ...) of one recording, or those (recordings, steps, ...) of many."""
        chosen = np.arange(len(self))[index]
        if chosen.ndim == 0:
            return self._frames(int(chosen))
        if chosen.size == 0:
            msg = "Frames[...] is asked for no recording, expected one at least: frames[[0, 1]]"
            raise ShapeError(msg)
        return np.stack([self._frames(int(i)) for i in chosen])

    @cached_property
    def _shape(self) -> tuple[int, ...]:
        """The shape of the first recording; a file is read for it, once."""
        return self.recordings[0].shape

    def _frames(self, index: int) -> NDArray[Any]:
        events, shape = self.recordings[index], self._shape
        if events.shape != shape:
            msg = (
                f"Frames: recording {index} has the shape {events.shape} and the first one {shape}, expected one shape "
                "of all: put those of each sensor into Frames of their own"
            )
            raise ShapeError(msg)
        size = math.prod(shape)
        bins = np.floor(events.times / self.dt + _EDGE)
        inside = bins < self.n_steps
        places = bins[inside].astype(np.int64) * size + events.addresses[inside]
        counts = np.bincount(places, minlength=self.n_steps * size)
        return counts.astype(environ.float_dtype()).reshape(self.n_steps, *shape)


def _microseconds(name: str, value: Any) -> float:
    number = np.asarray(units.convert(value, units.parse_unit("us"), what=f"Frames({name}=...)"), np.float64)
    if number.ndim or not np.isfinite(number) or number <= 0:
        msg = f"Frames({name}={value}): expected one positive time, such as {name}=1 * u.ms"
        raise ParameterError(msg)
    return float(number)
