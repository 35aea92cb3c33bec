"""Lag: the node Delay of NIR."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.delay import Delay
from isospike.dynamics import Size, as_size
from isospike.module import Module

__all__ = ["Lag"]


class Lag(Module):
    """Delay of values by whole steps, through which a gradient flows.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the input.
    seconds : array of one time, or of that shape
        Times, as the graph gives them.
    dt : float, second
        The step, to the nearest number of which each time is rounded.
    in_loop : bool
        Whether its input is that of the step before, as in a loop, which is then the first step of its time.
    """

    def __init__(self, in_size: Size, seconds: Any, dt: float, *, in_loop: bool = False) -> None:
        self.in_size = self.out_size = as_size(in_size, "Lag(in_size=...)")
        self.seconds = np.array(seconds, dtype=np.float64)
        times = (np.rint(self.seconds / dt) - in_loop) * dt
        times = times.reshape(()) if times.shape != self.in_size else times
        self.line = Delay(self.in_size, units.quantity(times, units.parse_unit("second")), keeps="values")

    def update(self, x: Any) -> Any:
        """Take x and return what is due."""
        return self.line(x)
