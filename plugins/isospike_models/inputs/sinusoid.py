"""SinusoidInput: an oscillation."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.parameter import parameter
from isospike_models.inputs.timed import TimedInput

__all__ = ["SinusoidInput"]


class SinusoidInput(TimedInput):
    r"""An oscillation around zero.

    .. math:: x(t) = a \sin(2 \pi f t + \varphi)

    Time begins at `init_all_states` and again at `reset_all_states`: the first step is t = 0. For an oscillation around
    another value, add a `ConstantInput`. The phase is computed from the number of the step, so that its error does
    not accumulate: in float32 it is about :math:`10^{-7}` of the phase that has passed.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population that it drives.
    amplitude : Quantity
        Amplitude a; 0 mA by default.
    frequency : Quantity, Hz
        Frequency f; 10 Hz by default.
    phase : float
        Phase phi at t = 0, in radians; 0 by default, a quarter turn for a cosine.
    """

    amplitude: Any = parameter(0.0, "mA", "amplitude", any_unit=True)
    frequency: Any = parameter(10.0, "Hz", "frequency", nonnegative=True, plausible=(0.0, 1e4), trainable=False)
    phase: Any = parameter(0.0, "", "phase at t = 0")

    @property
    def output_unit(self) -> Any:
        """Unit of what it gives."""
        return units.split(self.amplitude)[1]

    def update(self) -> Any:
        """Return the value of this step."""
        cycles = units.convert(self.frequency * environ.get_dt(), None, what="SinusoidInput: frequency * dt")
        turns = math.astype(self.elapsed(), environ.float_dtype()) * np.asarray(cycles, np.float64)
        angle = 2.0 * math.pi * (turns - math.floor(turns)) + self.phase
        return math.broadcast_to(self.amplitude * math.sin(angle), self.in_size)
