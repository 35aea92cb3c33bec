"""StepInput: a value that jumps at given times."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math, units
from isospike.dynamics import Size, duration_steps
from isospike_models.inputs.sections import checked_times, checked_values, section_of
from isospike_models.inputs.timed import TimedInput

__all__ = ["StepInput"]


class StepInput(TimedInput):
    r"""A value that jumps at given times and stays in between; zero before the first of them.

    .. math:: x(t) = a_k, \qquad t_k \le t < t_{k+1}

    Time begins at `init_all_states` and again at `reset_all_states`: the first step is t = 0. Jumps are at whole steps.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population that it drives.
    amplitudes : Quantity, array (n,) or (n, \*in_size)
        Values a, such as ``[1, 0, 2] * u.mA``, for all cells or for each.
    times : Quantity, ms, array (n,)
        When each begins, in rising order.

    Raises
    ------
    UnitError
        ``times`` is not a time.
    ParameterError
        The times do not rise from 0 on, or a value is not finite.
    ShapeError
        There are not as many amplitudes as times.

    Warns
    -----
    PlausibilityWarning
        A time is not a multiple of dt and is rounded.
    """

    def __init__(self, in_size: Size, amplitudes: Any, times: Any) -> None:
        super().__init__(in_size)
        self.times = checked_times("StepInput(times=...)", times)
        count = len(units.split(self.times)[0])
        self.amplitudes = checked_values("StepInput(amplitudes=...)", amplitudes, count, self.in_size)

    @property
    def output_unit(self) -> Any:
        """Unit of what it gives."""
        return units.split(self.amplitudes)[1]

    def update(self) -> Any:
        """Return the value of this step."""
        starts = duration_steps(self.times, "StepInput.times")
        values, unit = units.split(self.amplitudes)
        table = np.concatenate([np.zeros_like(values[:1]), values])
        value = math.take(table, section_of(self.elapsed(), starts), axis=0)
        return units.quantity(math.broadcast_to(value, self.in_size), unit)
