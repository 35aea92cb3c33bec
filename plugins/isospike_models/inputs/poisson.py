"""PoissonInput: independent Poisson spike trains."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.dynamics import Dynamics
from isospike.errors import ParameterError
from isospike.parameter import parameter
from isospike.random import bernoulli
from isospike.state import ShortTermState

__all__ = ["PoissonInput"]


class PoissonInput(Dynamics):
    r"""Independent Poisson spike trains, to be used as the presynaptic side of a projection.

    .. math:: P(\text{spike in a step}) = 1 - e^{-\lambda\,dt}

    Parameters
    ----------
    in_size : int or tuple of int
        Number of trains.
    rate : Quantity, Hz
        Rate of every train, or one per train; 10 Hz by default.

    Raises
    ------
    ParameterError
        The rate is so high that nearly every step would spike (rate * dt above 1).

    Notes
    -----
    The draws depend on the seed, the path of this module, the step and the train only: they are the same on
    every backend and for any way of cutting a run into pieces.

    References
    ----------
    Dayan and Abbott (2001), Theoretical Neuroscience, section 1.4.
    """

    rate: Any = parameter(10.0, "Hz", "rate", nonnegative=True, plausible=(0.0, 10000.0), trainable=False)

    def init_state(self, batch_size: int | None = None) -> None:
        """Start silent."""
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        self.fired = ShortTermState(np.zeros(shape, dtype=bool))

    def update(self) -> Any:
        """Draw the spikes of this step, and return them."""
        expected = math.multiply(self.rate, environ.get_dt())
        expected = np.asarray(units.convert(expected, None, what="PoissonInput: rate * dt"), dtype=np.float64)
        if (expected > 1.0).any():
            msg = (
                f"PoissonInput(rate={self.rate}) expects {float(expected.max()):g} spikes in a step of dt = "
                f"{environ.get_dt()}: lower the rate or dt"
            )
            raise ParameterError(msg)
        probability = math.multiply(-1.0, math.expm1(math.multiply(-1.0, expected)))
        self.fired.value = bernoulli(self, probability, self.fired.value.shape)
        return self.spike()

    def spike(self) -> Any:
        """Return 1 for the trains that spiked in the last update."""
        return math.astype(self.fired.value, environ.float_dtype())
