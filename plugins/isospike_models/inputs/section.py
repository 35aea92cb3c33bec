"""SectionInput: one value after another, each for a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math, units
from isospike.dynamics import Size, duration_steps
from isospike_models.inputs.sections import checked_times, checked_values, section_of
from isospike_models.inputs.timed import TimedInput

__all__ = ["SectionInput"]


class SectionInput(TimedInput):
    r"""One value after another, each for a time; zero after the last.

    .. math:: x(t) = a_k, \qquad \sum_{j < k} T_j \le t < \sum_{j \le k} T_j

    Time begins at `init_all_states` and again at `reset_all_states`: the first step is t = 0. Each duration is a whole
    number of steps. `StepInput` is the same by the times of the jumps.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population that it drives.
    values : Quantity, array (n,) or (n, \*in_size)
        Values a, such as ``[0, 1, 0] * u.mA``, for all cells or for each.
    durations : Quantity, ms, array (n,)
        How long each is held.

    Raises
    ------
    UnitError
        ``durations`` is not a time.
    ParameterError
        A duration is not positive, or a value is not finite.
    ShapeError
        There are not as many values as durations.

    Warns
    -----
    PlausibilityWarning
        A duration is not a multiple of dt and is rounded.
    """

    def __init__(self, in_size: Size, values: Any, durations: Any) -> None:
        super().__init__(in_size)
        self.durations = checked_times("SectionInput(durations=...)", durations, positive=True)
        count = len(units.split(self.durations)[0])
        self.values = checked_values("SectionInput(values=...)", values, count, self.in_size)

    @property
    def output_unit(self) -> Any:
        """Unit of what it gives."""
        return units.split(self.values)[1]

    def update(self) -> Any:
        """Return the value of this step."""
        ends = np.cumsum(duration_steps(self.durations, "SectionInput.durations"), dtype=np.int64).astype(np.int32)
        values, unit = units.split(self.values)
        table = np.concatenate([values, np.zeros_like(values[:1])])
        value = math.take(table, section_of(self.elapsed(), ends), axis=0)
        return units.quantity(math.broadcast_to(value, self.in_size), unit)
