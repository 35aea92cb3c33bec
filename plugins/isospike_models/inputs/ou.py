"""OUProcess: noise that is correlated in time."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.dynamics import Dynamics
from isospike.errors import UnitError
from isospike.module import seed_of
from isospike.parameter import choice, parameter
from isospike.random import normal
from isospike.random.host import HostRandom
from isospike.state import HiddenState
from isospike_models.initialisers.normal import Normal

__all__ = ["OUProcess"]


class OUProcess(Dynamics):
    r"""Ornstein-Uhlenbeck noise, independent in each element.

    .. math::

        dx = \frac{\mu - x}{\tau} dt + \sigma \sqrt{\frac{2}{\tau}}\, dW

    The process has mean mu, standard deviation sigma and the autocorrelation :math:`e^{-|t| / \tau}`, whatever dt:
    one step is its exact transition, with z standard normal,

    .. math::

        x' = \mu + e^{-dt / \tau} (x - \mu) + \sigma \sqrt{1 - e^{-2 dt / \tau}}\; z

    Its value may be a current, a conductance or anything else: it is in the unit of ``sigma``.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population that it drives.
    mean : Quantity
        Mean, in a unit like that of ``sigma``; 0 mA by default.
    sigma : Quantity
        Standard deviation; 1 mA by default.
    tau : Quantity, ms
        Correlation time; 10 ms by default.
    start : {"stationary", "mean"}
        Initial value: drawn from the stationary distribution (by default), or the mean.

    Raises
    ------
    UnitError
        ``mean`` and ``sigma`` have different dimensions.

    References
    ----------
    Uhlenbeck and Ornstein (1930), Phys. Rev. 36:823; Gillespie (1996), Phys. Rev. E 54:2084, for the exact step.

    Notes
    -----
    The draws depend on the seed, the path of this module, the step and the element only: they are the same on
    every backend and for any way of cutting a run into pieces.
    """

    mean: Any = parameter(0.0, "mA", "mean", any_unit=True)
    sigma: Any = parameter(1.0, "mA", "standard deviation", nonnegative=True, any_unit=True)
    tau: Any = parameter(10.0, "ms", "correlation time", positive=True, plausible=(0.01, 1e5), trainable=False)
    start: str = choice("stationary", ("stationary", "mean"), "initial value")

    def check_parameters(self) -> None:
        """Refuse a mean of another dimension than the standard deviation; a plain zero has every unit."""
        self._centre()

    def init_state(self, batch_size: int | None = None) -> None:
        """Draw x from its stationary distribution, or set it to the mean."""
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        z = np.zeros(shape)
        if self.start == "stationary":
            z = Normal(0.0, 1.0)(shape, HostRandom(seed_of(self), f"{self.path}.x"))
        self.x = HiddenState(self._centre() + self.sigma * z)

    @property
    def output_unit(self) -> Any:
        """Unit of what it gives."""
        return units.split(self.sigma)[1]

    def update(self) -> Any:
        """Advance by one step, and return x."""
        steps = np.asarray(units.convert(environ.get_dt() / self.tau, None, what="OUProcess: dt / tau"), np.float64)
        decay, spread = math.exp(-steps), math.sqrt(-math.expm1(-2.0 * steps))
        mean, x = self._centre(), self.x.value
        self.x.value = mean + decay * (x - mean) + (spread * self.sigma) * normal(self, x.shape)
        return self.x.value

    def _centre(self) -> Any:
        """Return the mean in the unit of ``sigma``."""
        (mantissa, given), unit = units.split(self.mean), units.split(self.sigma)[1]
        if units.same_dimension(given, unit):
            return units.quantity(units.convert(self.mean, unit, what="mean"), unit)
        if isinstance(mantissa, np.ndarray) and not mantissa.any():
            return units.quantity(mantissa, unit)
        msg = (
            f"OUProcess(mean={self.mean}, sigma={self.sigma}): the mean is in {units.unit_name(given)}, expected the "
            f"unit of sigma, {units.unit_name(unit)}: give both in one unit"
        )
        raise UnitError(msg)
