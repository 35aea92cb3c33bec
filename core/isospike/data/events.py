"""Events: when something happened, and where."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError, ShapeError

__all__ = ["Events"]


class Events:
    """Times and addresses of events, such as the spikes of channels or the changes that pixels saw.

    Parameters
    ----------
    times : array (events,)
        In microseconds from the beginning, not negative; in any order.
    addresses : array of int (events,)
        Place in ``shape``, counted along its last axis first, as `numpy.ravel_multi_index` does.
    shape : tuple of int
        Channels, such as ``(700,)``; for a camera ``(2, height, width)``, with polarity first: 0 darker, 1 brighter.

    Raises
    ------
    ShapeError
        Times and addresses differ in number.
    ParameterError
        A time is negative or not finite, or an address lies outside.

    Examples
    --------
    >>> spikes = Events(times=[0, 1500, 1500], addresses=[0, 2, 3], shape=(4,))
    >>> len(spikes)
    3
    """

    def __init__(self, times: Any, addresses: Any, shape: tuple[int, ...]) -> None:
        self.times: NDArray[np.float64] = np.asarray(times, np.float64)
        self.shape = tuple(int(n) for n in shape)
        places = np.asarray(addresses)
        if self.times.ndim != 1 or self.times.shape != places.shape:
            msg = (
                f"Events(times, addresses): shapes {self.times.shape} and {places.shape}, expected one time and one "
                "address for each event: Events([0, 1500], [3, 7], shape=(10,))"
            )
            raise ShapeError(msg)
        _require("time", self.times, np.isfinite(self.times) & (self.times >= 0), "in us, from 0 on")
        size = math.prod(self.shape)
        inside = (places >= 0) & (places < size) & (places == np.floor(places))
        _require("address", places, inside, f"of 0 to {size - 1}")
        self.addresses: NDArray[np.int32] = places.astype(np.int32)

    @property
    def duration(self) -> float:
        """Time of the last event, in microseconds; 0 where there is none."""
        return float(self.times.max(initial=0.0))

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.times)

    def __repr__(self) -> str:
        """Return number, shape and duration."""
        return f"Events({len(self)} in {self.shape}, {self.duration / 1000:g} ms)"


def _require(what: str, values: NDArray[Any], right: NDArray[np.bool_], expected: str) -> None:
    if not right.all():
        place = int(np.flatnonzero(~right)[0])
        msg = f"Events: event {place} has the {what} {values[place]}, expected one {expected}"
        raise ParameterError(msg)
