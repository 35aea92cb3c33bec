"""WhiteNoise: noise that is new in each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, units
from isospike.dynamics import Dynamics
from isospike.parameter import parameter
from isospike.random import normal

__all__ = ["WhiteNoise"]


class WhiteNoise(Dynamics):
    r"""Gaussian white noise, independent in each element, with mean zero.

    .. math:: \int_t^{t+T} x\,dt' = \sigma \sqrt{\tau}\,\big(W(t + T) - W(t)\big)

    W is a Wiener process: the mean of x over a time tau has the standard deviation sigma, and over any time T
    :math:`\sigma \sqrt{\tau / T}`, whatever dt. In a step, x is its mean over that step, with z standard normal,

    .. math:: x = \sigma \sqrt{\tau / dt}\; z

    so that at dt = tau its value in each step has the standard deviation sigma. The value may be a current, a rate
    or anything else: it is in the unit of ``sigma``. For noise with a mean, add a `ConstantInput`; for noise that is
    correlated in time take `OUProcess`.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population that it drives.
    sigma : Quantity
        Standard deviation of the mean over ``tau``; 1 mA by default.
    tau : Quantity, ms
        Time over which the mean has that standard deviation; 1 ms by default.

    References
    ----------
    Gillespie (1996), American Journal of Physics 64:225.

    Notes
    -----
    The draws depend on the seed, the path of this module, the step and the element only: they are the same on
    every backend and for any way of cutting a run into pieces.
    """

    sigma: Any = parameter(1.0, "mA", "standard deviation", nonnegative=True, any_unit=True)
    tau: Any = parameter(1.0, "ms", "time of averaging", positive=True, plausible=(1e-3, 1e4), trainable=False)

    def init_state(self, batch_size: int | None = None) -> None:
        """Remember the shape of a draw; there is no State."""
        self._shape = self.in_size if batch_size is None else (batch_size, *self.in_size)

    @property
    def output_unit(self) -> Any:
        """Unit of what it gives."""
        return units.split(self.sigma)[1]

    def update(self) -> Any:
        """Return the noise of this step."""
        steps = np.asarray(units.convert(self.tau / environ.get_dt(), None, what="WhiteNoise: tau / dt"), np.float64)
        return (np.sqrt(steps) * self.sigma) * normal(self, self._shape)
