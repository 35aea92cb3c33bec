"""PoissonEncoder: a value as the rate of a Poisson train."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.dynamics import Dynamics
from isospike.parameter import parameter
from isospike.random import uniform

__all__ = ["PoissonEncoder"]


class PoissonEncoder(Dynamics):
    r"""A value as the rate of a Poisson train, in physical time.

    .. math:: P(s = 1) = 1 - e^{-x\, r\, dt}

    A value of 1 is presented as the rate r; 0 and less as silence. The number of spikes in a time does not depend on
    dt, where that of `RateEncoder` does. No gradient passes to x.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the values, and of the spikes.
    max_rate : Quantity, Hz
        Rate r of a value of 1; 100 Hz by default.

    Notes
    -----
    The draws depend on the seed, the path of this module, the step and the element only. In fast numerics backends
    may round the exponential differently, which moves one spike in about :math:`10^7`.

    References
    ----------
    Dayan and Abbott (2001), Theoretical Neuroscience, section 1.4.
    """

    max_rate: Any = parameter(100.0, "Hz", "rate of a value of 1", positive=True, plausible=(0.1, 1e4), trainable=False)

    def update(self, x: Any) -> Any:
        """Return the spikes of this step."""
        values = math.asarray(x)
        expected = units.convert(self.max_rate * environ.get_dt(), None, what="PoissonEncoder: max_rate * dt")
        probability = -math.expm1(values * -np.asarray(expected, np.float64))
        return math.astype(math.less(uniform(self, values.shape), probability), environ.float_dtype())
