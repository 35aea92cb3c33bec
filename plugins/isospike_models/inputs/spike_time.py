"""SpikeTime: given spikes."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.dynamics import Dynamics, Size, duration_steps
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.namespace import to_host
from isospike.state import ShortTermState

__all__ = ["SpikeTime"]

_NEVER = np.int32(2**31 - 1)


class SpikeTime(Dynamics):
    r"""Spikes at given times of given cells, to be used as the presynaptic side of a projection.

    .. math:: s_i(k) = 1 \text{ where } k = \mathrm{round}(t_n / dt) \text{ for some } n \text{ with } i_n = i

    The spike of time t is emitted in step round(t / dt), counted from `init_all_states` or `reset_all_states`: with
    t = 0 in the first step, with t = dt in the second. Steps are whole numbers, so that no rounding of a running time
    moves or loses a spike, however long the run.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of cells.
    times : Quantity, ms, array (n_spikes,)
        When the spikes are, in any order.
    indices : array of int (n_spikes,)
        Which cell emits each; cells of a population of several axes are counted along the last axis first.

    Raises
    ------
    UnitError
        ``times`` is not a time.
    ShapeError
        ``times`` and ``indices`` are not of one length.
    ParameterError
        A time is negative or not finite, an index is no cell, or a cell spikes twice in one step.

    Warns
    -----
    PlausibilityWarning
        A time is not a multiple of dt and is rounded.
    """

    def __init__(self, in_size: Size, times: Any, indices: Any) -> None:
        super().__init__(in_size)
        self.times, self.indices = _checked(self.size, times, indices)

    def init_state(self, batch_size: int | None = None) -> None:
        """Start at step zero, before the first spike of every cell."""
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        first = np.searchsorted(self.indices, np.arange(self.size)) + np.arange(self.size)
        self.step = ShortTermState(np.zeros(shape, np.int32))
        self.next = ShortTermState(np.broadcast_to(first.reshape(self.in_size).astype(np.int32), shape))
        self.fired = ShortTermState(np.zeros(shape, bool))

    def update(self) -> Any:
        """Advance by one step, and return its spikes."""
        due = math.take(self._steps(), self.next.value, axis=0)
        self.fired.value = due == self.step.value
        self.next.value = self.next.value + math.astype(self.fired.value, "int32")
        self.step.value = self.step.value + 1
        return self.spike()

    def spike(self) -> Any:
        """Return 1 for the cells that spiked in the last update."""
        return math.astype(self.fired.value, environ.float_dtype())

    def _steps(self) -> np.ndarray:
        """Return the steps of the spikes, cell after cell, each cell's with a step that never comes behind them."""
        steps = duration_steps(self.times, "SpikeTime.times")
        twice = (np.diff(steps) == 0) & (np.diff(self.indices) == 0)
        if twice.any():
            k = int(np.argmax(twice))
            msg = (
                f"SpikeTime(times=...): cell {self.indices[k]} spikes twice in step {steps[k]} of dt = "
                f"{environ.get_dt()}, which holds one spike: choose a smaller dt, or give one of the two times"
            )
            raise ParameterError(msg)
        ends = np.searchsorted(self.indices, np.arange(self.size), side="right")
        return np.insert(steps, ends, _NEVER)


def _checked(size: int, times: Any, indices: Any) -> tuple[Any, np.ndarray]:
    """Return the spikes in the order of cell and time, each checked."""
    mantissa, unit = units.split(times)
    ms = units.parse_unit("ms")
    if not units.same_dimension(unit, ms):
        msg = f"SpikeTime(times=...) is in {units.unit_name(unit)}, expected times: write times=[1, 2.5] * u.ms"
        raise UnitError(msg)
    when, which = np.asarray(units.rescale(to_host(mantissa), unit, ms)), to_host(indices)
    if when.ndim != 1 or which.shape != when.shape:
        msg = (
            f"SpikeTime(times=..., indices=...) have shapes {when.shape} and {which.shape}, expected one time and one "
            "cell for each spike: write times=[1, 2.5] * u.ms, indices=[0, 3]"
        )
        raise ShapeError(msg)
    bad = ~(np.isfinite(when) & (when >= 0))
    if bad.any():
        msg = f"SpikeTime(times=...) holds {when[bad][0]:g} ms, expected times from 0 ms on"
        raise ParameterError(msg)
    if which.size and (which.dtype.kind not in "iu" or which.min() < 0 or which.max() >= size):
        held = f"{which.dtype} numbers from {which.min()} to {which.max()}"
        msg = f"SpikeTime(indices=...) holds {held}, expected whole numbers from 0 to {size - 1}, one for each spike"
        raise ParameterError(msg)
    order = np.lexsort((when, which))
    cells = which[order].astype(np.int64)
    cells.flags.writeable = False  # so that no step is traced anew for fear of a change
    return units.quantity(when[order], ms), cells
