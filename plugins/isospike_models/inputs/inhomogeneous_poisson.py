"""InhomogeneousPoisson: Poisson spike trains whose rate changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.dynamics import Size, duration_steps
from isospike.errors import ParameterError, UnitError
from isospike.random import random_bits
from isospike.state import ShortTermState
from isospike_models.inputs.sections import checked_times, checked_values, section_of
from isospike_models.inputs.timed import TimedInput

__all__ = ["InhomogeneousPoisson"]


class InhomogeneousPoisson(TimedInput):
    r"""Independent Poisson spike trains whose rate jumps at given times; silent before the first of them.

    .. math:: P(\text{spike in a step}) = 1 - e^{-\lambda_k\,dt}, \qquad t_k \le t < t_{k+1}

    Time begins at `init_all_states` and again at `reset_all_states`: the first step is t = 0. Rates change at whole
    steps; a smooth rate is given in short sections. A spike is an integer comparison, the same on every backend.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of trains.
    rates : Quantity, Hz, array (n,) or (n, \*in_size)
        Rates lambda, of all trains or of each.
    times : Quantity, ms, array (n,)
        When each begins, in rising order.

    Raises
    ------
    UnitError
        ``rates`` is no rate, or ``times`` not a time.
    ParameterError
        A rate is negative, or so high that nearly every step would spike (rate * dt above 1); the times do not rise.
    ShapeError
        There are not as many rates as times.

    Notes
    -----
    The draws depend on the seed, the path of this module, the step and the train only: they are the same on
    every backend and for any way of cutting a run into pieces.

    References
    ----------
    Dayan and Abbott (2001), Theoretical Neuroscience, section 1.4.
    """

    def __init__(self, in_size: Size, rates: Any, times: Any) -> None:
        super().__init__(in_size)
        self.times = checked_times("InhomogeneousPoisson(times=...)", times)
        count = len(units.split(self.times)[0])
        self.rates = checked_values("InhomogeneousPoisson(rates=...)", rates, count, self.in_size)
        values, unit = units.split(self.rates)
        if not units.same_dimension(unit, units.parse_unit("Hz")):
            msg = f"InhomogeneousPoisson(rates=...) is in {units.unit_name(unit)}, expected rates: [5, 50] * u.Hz"
            raise UnitError(msg)
        if (values < 0).any():
            msg = f"InhomogeneousPoisson(rates=...) holds {values.min():g} {unit}, expected rates of 0 Hz or more"
            raise ParameterError(msg)

    def init_state(self, batch_size: int | None = None) -> None:
        """Start silent, in the first section."""
        super().init_state(batch_size)
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        self.fired = ShortTermState(np.zeros(shape, dtype=bool))

    def update(self) -> Any:
        """Draw the spikes of this step, and return them."""
        section = section_of(self.elapsed(), duration_steps(self.times, "InhomogeneousPoisson.times"))
        threshold = math.broadcast_to(math.take(self._thresholds(), section, axis=0), self.in_size)
        self.fired.value = math.less(random_bits(self, self.fired.value.shape), threshold)
        return self.spike()

    def spike(self) -> Any:
        """Return 1 for the trains that spiked in the last update."""
        return math.astype(self.fired.value, environ.float_dtype())

    def _thresholds(self) -> np.ndarray:
        """Return below which word a step spikes, for each section and the silence before."""
        expected = units.convert(self.rates * environ.get_dt(), None, what="InhomogeneousPoisson: rates * dt")
        expected = np.asarray(expected, np.float64)
        if (expected > 1.0).any():
            msg = (
                f"InhomogeneousPoisson(rates=...) expects {float(expected.max()):g} spikes in a step of dt = "
                f"{environ.get_dt()}: lower the rates or dt"
            )
            raise ParameterError(msg)
        probability = np.concatenate([np.zeros_like(expected[:1]), -np.expm1(-expected)])
        return np.floor(probability * 2.0**32).astype(np.uint32)
