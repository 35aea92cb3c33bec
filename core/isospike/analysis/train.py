"""The spikes of a population, from whatever holds them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import environ, units
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.namespace import to_host
from isospike.results.reading import load_result
from isospike.results.result import Result

__all__ = ["Train", "as_train", "steps_of"]


@dataclass(frozen=True, eq=False)
class Train:
    """The spikes of a population in a run.

    Parameters
    ----------
    steps, neurons : array of int64 (spikes,)
        Step, counted from the start of the run, and cell of each spike.
    size : int
        Number of cells.
    n_steps : int
        Length of the run.
    dt_ms : float, ms
        Time step.
    """

    steps: NDArray[np.int64]
    neurons: NDArray[np.int64]
    size: int
    n_steps: int
    dt_ms: float

    def counts(self, width: int) -> NDArray[np.int64]:
        """Return the spikes of each cell in each window of ``width`` steps, (cells, windows), a shorter one dropped."""
        windows = self.n_steps // width
        place = self.steps // width
        kept = place < windows
        flat = self.neurons[kept] * windows + place[kept]
        return np.bincount(flat, minlength=self.size * windows).reshape(self.size, windows)


def as_train(source: Any, population: str = "", *, dt: Any = None) -> Train:
    r"""Return the spikes that something holds.

    Parameters
    ----------
    source : Result, path, Train or array (steps, \\*cells)
        A result, the folder of one, or an array that is not zero where a cell spikes in a step, as `for_loop` returns.
    population : str, optional
        Population of a result, or ``"population.group"``; may be left out where one is recorded.
    dt : Quantity, ms, optional
        Time step of an array; that of the environment by default.

    Raises
    ------
    ParameterError
        A result holds several populations and none is named.
    ShapeError
        An array has no axis of cells.
    UnitError
        An array has a unit: it holds no spikes.
    """
    if isinstance(source, Train):
        return source
    if isinstance(source, (str, os.PathLike)):
        source = load_result(source)
    if isinstance(source, Result):
        return _of_result(source, population)
    mantissa, unit = units.split(source)
    if unit is not None:
        msg = f"the array is in {units.unit_name(unit)}, expected spikes: pass what cell.get_spike() returned"
        raise UnitError(msg)
    array = to_host(mantissa)
    if array.ndim < 2:
        msg = (
            f"the array of spikes has shape {array.shape}, expected (steps, cells): write spikes[:, None] for one cell"
        )
        raise ShapeError(msg)
    flat = array.reshape(len(array), -1)
    steps, neurons = np.nonzero(flat)
    step = environ.get_dt() if dt is None else dt
    dt_ms = float(units.convert(step, units.parse_unit("ms"), what="dt"))
    return Train(steps.astype(np.int64), neurons.astype(np.int64), flat.shape[1], len(flat), dt_ms)


def steps_of(duration: Any, train: Train, what: str) -> int:
    """Return a duration as a whole number of steps of a train, at least one, or refuse what is no positive time."""
    ms = float(np.asarray(units.convert(duration, units.parse_unit("ms"), what=what)))
    if not (np.isfinite(ms) and ms > 0):
        msg = f"{what} is {duration}, expected a positive time: write 100 * u.ms"
        raise ParameterError(msg)
    return max(1, round(ms / train.dt_ms))


def _of_result(result: Result, population: str) -> Train:
    name, _, group = population.partition(".")
    if not name:
        recorded = [p.name for p in result.recorded]
        if len(recorded) != 1:
            listed = ", ".join(recorded) or "none"
            msg = f"the result holds the spikes of these populations: {listed}; name one: population='cells'"
            raise ParameterError(msg)
        name = recorded[0]
    steps, neurons = result.train(name, group)
    (held,) = (p for p in result.recorded if p.name == name)
    start, stop = held.ranges()[group]
    local = neurons.astype(np.int64) - start
    return Train(steps - result.start_step, local, stop - start, result.steps, result.dt_ms)
