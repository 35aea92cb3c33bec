"""WienerProcess: Brownian motion."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, units
from isospike.dynamics import Dynamics
from isospike.parameter import parameter
from isospike.random import normal
from isospike.state import HiddenState

__all__ = ["WienerProcess"]


class WienerProcess(Dynamics):
    r"""Brownian motion that starts at zero, independent in each element: the integral of white noise.

    .. math:: x(t + dt) = x(t) + \sigma \sqrt{dt / \tau}\; z, \qquad \mathrm{Var}[x(t)] = \sigma^2\, t / \tau

    with z standard normal: exact for any dt, however dt is spelled. The value may be a current, a rate or anything
    else: it is in the unit of ``sigma``. For noise that stays near its mean take `OUProcess`, for noise without
    memory `WhiteNoise`, the derivative of this one.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population that it drives.
    sigma : Quantity
        Standard deviation of what it moves in the time ``tau``; 1 mA by default.
    tau : Quantity, ms
        Time in which it moves so far; 1 ms by default.

    References
    ----------
    Gillespie (1996), American Journal of Physics 64:225.

    Notes
    -----
    The draws depend on the seed, the path of this module, the step and the element only: they are the same on
    every backend and for any way of cutting a run into pieces.
    """

    sigma: Any = parameter(1.0, "mA", "standard deviation", nonnegative=True, any_unit=True)
    tau: Any = parameter(
        1.0, "ms", "time in which it moves so far", positive=True, plausible=(1e-3, 1e4), trainable=False
    )

    def init_state(self, batch_size: int | None = None) -> None:
        """Start at zero."""
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        self.x = HiddenState(units.quantity(np.zeros(shape), units.split(self.sigma)[1]))

    @property
    def output_unit(self) -> Any:
        """Unit of what it gives."""
        return units.split(self.sigma)[1]

    def update(self) -> Any:
        """Advance by one step, and return x."""
        part = units.convert(environ.get_dt() / self.tau, None, what="WienerProcess: dt / tau")
        x = self.x.value
        self.x.value = x + (np.sqrt(np.asarray(part, np.float64)) * self.sigma) * normal(self, x.shape)
        return self.x.value
