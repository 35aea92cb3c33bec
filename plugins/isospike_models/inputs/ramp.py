"""RampInput: a value that goes evenly from one to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.errors import ParameterError, UnitError
from isospike.parameter import parameter
from isospike_models.inputs.timed import TimedInput

__all__ = ["RampInput"]


class RampInput(TimedInput):
    r"""A value that goes evenly from one to another, and holds each of them before and after.

    .. math:: x(t) = a + (b - a)\,\min\Big(\max\Big(\frac{t - t_0}{t_1 - t_0},\, 0\Big),\, 1\Big)

    Time begins at `init_all_states` and again at `reset_all_states`: the first step is t = 0.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population that it drives.
    start, end : Quantity
        Values a and b, of one dimension; 0 and 0 mA by default.
    t_start, t_end : Quantity, ms
        Times t0 and t1 at which it leaves a and reaches b; 0 and 100 ms by default.

    Raises
    ------
    ParameterError
        ``t_end`` is not after ``t_start``.
    UnitError
        ``start`` and ``end`` have different dimensions, other than by a plain zero.
    """

    start: Any = parameter(0.0, "mA", "first value", any_unit=True)
    end: Any = parameter(0.0, "mA", "last value", any_unit=True)
    t_start: Any = parameter(0.0, "ms", "time at which it leaves the first", nonnegative=True, trainable=False)
    t_end: Any = parameter(100.0, "ms", "time at which it reaches the last", positive=True, trainable=False)

    def check_parameters(self) -> None:
        """Refuse a ramp of no length, or between values of different dimensions."""
        begins, ends = (np.asarray(units.split(t)[0]) for t in (self.t_start, self.t_end))
        if not (ends > begins).all():
            msg = (
                f"RampInput(t_start={self.t_start}, t_end={self.t_end}), expected an end after the start: write "
                "t_start=50 * u.ms, t_end=150 * u.ms; for a jump, iso.StepInput"
            )
            raise ParameterError(msg)
        self._ends()

    @property
    def output_unit(self) -> Any:
        """Unit of what it gives."""
        return units.split(self._ends()[0])[1]

    def update(self) -> Any:
        """Return the value of this step."""
        dt = environ.get_dt()
        begins, ends = (
            np.asarray(units.convert(t / dt, None, what="RampInput: t / dt"), np.float64)
            for t in (self.t_start, self.t_end)
        )
        step = math.astype(self.elapsed(), environ.float_dtype())
        part = math.clip((step - begins) * (1.0 / (ends - begins)), 0.0, 1.0)
        first, last = self._ends()
        return math.broadcast_to(first + (last - first) * part, self.in_size)

    def _ends(self) -> tuple[Any, Any]:
        """Return both values in one unit; a plain zero has every unit."""
        first, last = units.split(self.start), units.split(self.end)
        unit = first[1] if _is_zero(last[0]) else last[1]
        if not (_is_zero(first[0]) or units.same_dimension(first[1], unit)):
            msg = (
                f"RampInput(start={self.start}, end={self.end}): one is in {units.unit_name(first[1])}, the other in "
                f"{units.unit_name(unit)}: give both in one unit"
            )
            raise UnitError(msg)
        begin = first[0] if _is_zero(first[0]) else units.convert(self.start, unit, what="RampInput.start")
        end = last[0] if _is_zero(last[0]) else units.convert(self.end, unit, what="RampInput.end")
        return units.quantity(begin, unit), units.quantity(end, unit)


def _is_zero(value: Any) -> bool:
    return isinstance(value, np.ndarray) and not value.any()
