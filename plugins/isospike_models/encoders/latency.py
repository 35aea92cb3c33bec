"""LatencyEncoder: a value as the time of one spike."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.dynamics import Dynamics
from isospike.parameter import choice, parameter
from isospike.state import ShortTermState

__all__ = ["LatencyEncoder"]


class LatencyEncoder(Dynamics):
    r"""A value as the time of one spike: the greater, the earlier.

    .. math::

        t(x) = T\,(1 - x) \quad \text{(linear)} \qquad \text{or} \qquad
        t(x) = \tau \ln \frac{x}{x - \theta} \quad \text{(log)}

    The logarithm is when a leaky cell that is driven by x from rest reaches theta. Values are cut off at 1, those up
    to theta are silent, and so is a spike that would come after T. Time is counted from `init_all_states` or
    `reset_all_states`: present a value from then on, in every step.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the values, and of the spikes.
    duration : Quantity, ms
        Latest time T; 100 ms by default.
    threshold : float
        Threshold theta, below 1; 0.01 by default.
    tau : Quantity, ms
        Time constant of the logarithm; 20 ms by default.
    method : str
        ``"linear"`` (default) or ``"log"``.

    References
    ----------
    Thorpe, Delorme and Van Rullen (2001), Spike-based strategies for rapid processing, Neural Networks 14:715.
    """

    duration: Any = parameter(100.0, "ms", "latest time", positive=True, trainable=False)
    threshold: Any = parameter(0.01, "", "greatest value that is silent", positive=True, trainable=False)
    tau: Any = parameter(20.0, "ms", "time constant of the logarithm", positive=True, trainable=False)
    method: str = choice("linear", ("linear", "log"), "law of the latency")

    def init_state(self, batch_size: int | None = None) -> None:
        """Start at step zero."""
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        self.step = ShortTermState(np.zeros(shape, np.int32))

    def update(self, x: Any) -> Any:
        """Return the spikes of this step."""
        value = math.minimum(math.asarray(x), 1.0)
        last, scale = (self._steps(time) for time in (self.duration, self.tau))
        heard = math.greater(value, self.threshold)
        if self.method == "linear":
            latency = last * (1.0 - value)
        else:
            # Silent values are moved to 1, where the logarithm is finite.
            safe = math.where(heard, value, 1.0)
            latency = -scale * math.log1p(-self.threshold / safe)
        due = math.astype(math.round(math.minimum(latency, last + 1.0)), "int32")
        now = math.logical_and(math.logical_and(heard, due == self.step.value), math.less_equal(latency, last))
        self.step.value = self.step.value + 1
        return math.astype(now, environ.float_dtype())

    def _steps(self, time: Any) -> Any:
        return np.asarray(units.convert(time / environ.get_dt(), None, what="LatencyEncoder: time / dt"), np.float64)
