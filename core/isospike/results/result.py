"""What a run returns: a :class:`Result` of NumPy arrays.

Its tables are made by :mod:`isospike.results.tables`, its files by :mod:`isospike.results.writing`, its
picture by :mod:`isospike.results.plot`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError, UnknownNameError, nearest
from isospike.results.manifest import plain_json
from isospike.results.population import Population
from isospike.results.spikes import SpikeArrays, spike_arrays
from isospike.results.summary import summary
from isospike.results.tables import rate_table, spike_table, state_dataset
from isospike.results.trace import Trace, named_axes, samplings

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["Result"]


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """Everything a run leaves behind. Build it with :meth:`from_arrays`.

    Attributes
    ----------
    populations : tuple of Population
        In the order of the network.
    dt_ms : float, ms
        Time step.
    steps : int
        Length of the run in steps.
    start_step : int
        Number of the first step; above 0 where a run was resumed.
    manifest : dict
        Where the result comes from: plain JSON, so ``NaN`` is None and a path is a string.
    spike_arrays : SpikeArrays
        The spikes as NumPy columns; ``spikes`` is the same as a table.
    traces : dict of str to Trace
        The recorded states as NumPy arrays; ``states`` is the same with names and units on the axes.

    Notes
    -----
    ``spikes`` is made on first use and kept, ``states`` is made anew each time. They are for reading:
    statistics and :meth:`save` use the arrays.

    Examples
    --------
    >>> spikes = {"cells": (np.array([3, 9]), np.array([1, 0]))}
    >>> Result.from_arrays([Population("cells", 2)], spikes, {}, dt_ms=0.1, steps=1000)
    Result of 100 ms (1000 steps of 0.1 ms)
      cells: 2 cells, 2 spikes, 10 Hz
    """

    populations: tuple[Population, ...]
    dt_ms: float
    steps: int
    start_step: int
    manifest: dict[str, Any]
    spike_arrays: SpikeArrays
    traces: dict[str, Trace]

    @classmethod
    def from_arrays(
        cls,
        populations: Iterable[Population],
        spikes: Mapping[str, tuple[NDArray[Any], NDArray[Any]]],
        traces: Mapping[str, Trace],
        dt_ms: float,
        steps: int,
        start_step: int = 0,
        manifest: Mapping[str, Any] | None = None,
    ) -> Result:
        """Check that the arrays of a run agree, sort the spikes and bind everything together.

        Parameters
        ----------
        populations : iterable of Population
            Their order is that of the table of spikes.
        spikes : dict of str to (steps, neurons)
            Time step and cell of each spike of a population, in any order. A population that is absent was
            not recorded; empty arrays mean that it was silent.
        traces : dict of str to Trace
            Recorded states by name, such as ``"cells.V"``.
        dt_ms : float, ms
            Time step.
        steps : int
            Length of the run.
        start_step : int, default 0
            Number of the first step.
        manifest : dict, optional
            Anything worth keeping that JSON can hold; see :func:`plain_json`.

        Raises
        ------
        ParameterError
            If a time is not positive, an index is not an integer or the manifest holds what JSON cannot.
        ShapeError
            If sizes disagree, or a spike lies outside the run or its population.
        UnknownNameError
            If ``spikes`` names a population that is not in ``populations``.
        """
        populations = tuple(populations)
        _check_time(dt_ms, steps, start_step)
        return cls(
            populations,
            float(dt_ms),
            int(steps),
            int(start_step),
            plain_json(manifest or {}),
            spike_arrays(populations, spikes, range(start_step, start_step + steps)),
            named_axes(traces),
        )

    @property
    def duration_ms(self) -> float:
        """Length of the run in ms."""
        return self.steps * self.dt_ms

    @cached_property
    def spikes(self) -> pd.DataFrame:
        """One row per spike: step (int64), time (float64, ms), population (categorical), neuron (int32)."""
        return spike_table(self)

    @property
    def states(self) -> xr.Dataset:
        """One variable per trace over ``time`` (ms) and its own axes; the unit is in ``attrs["units"]``.

        Traces sampled at the same steps share an axis. A second sampling has the axis ``time_2``, and so on:
        nothing is filled up or interpolated. ``step`` holds the integer steps along ``time``. Where only some cells
        were recorded, their axis has their indices: ``states["V"].sel(V_neuron=7)`` is cell 7.
        """
        return state_dataset(self)

    def samplings(self) -> dict[str, str]:
        """Return for each trace the suffix of its time axis: ``""`` for the first sampling, then ``"_2"``."""
        return samplings(self.traces)

    def train(self, population: str, group: str = "") -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the steps and cells of the spikes of a population or of one of its groups.

        Parameters
        ----------
        population : str
            Name of a population whose spikes were recorded.
        group : str, default the whole population
            Name of a group. Cells keep their index in the population.

        Raises
        ------
        UnknownNameError
            If there is no such population or group, or its spikes were not recorded.
        """
        arrays = self.spike_arrays
        ranges = {(p.name, g): r for p in self.recorded for g, r in p.ranges().items()}
        if (population, group) not in ranges:
            known = [f"{name}.{g}" if g else name for name, g in ranges]
            wanted = f"{population}.{group}" if group else population
            raise UnknownNameError(
                f"Result.train: no spikes are recorded under {wanted!r}.{nearest(wanted, known)} Recorded: "
                f"{', '.join(known) or 'none'}."
            )
        code = [p.name for p in self.populations].index(population)
        start, stop = ranges[population, group]
        mask = (arrays.population == code) & (arrays.neuron >= start) & (arrays.neuron < stop)
        return arrays.step[mask], arrays.neuron[mask]

    @property
    def recorded(self) -> tuple[Population, ...]:
        """The populations whose spikes were recorded."""
        return tuple(p for p in self.populations if p.name in self.spike_arrays.recorded)

    def rates(self) -> pd.DataFrame:
        """Return spikes, mean rate and irregularity of each recorded population and of each of its groups.

        Returns
        -------
        DataFrame
            Columns population, group (``""`` for the whole population), size, spikes, rate_hz, cv_isi; see
            :func:`isospike.results.rates.firing_rate` and :func:`isospike.results.intervals.cv_isi`.
        """
        return rate_table(self)

    def save(self, folder: str | os.PathLike[str], *, force: bool = False, writers: Sequence[str] = ()) -> list[Path]:
        """Write a folder and return its files; see :func:`isospike.results.writing.save_result`."""
        # Imported here, since the side of files builds results.
        from isospike.results.writing import save_result

        return save_result(self, folder, force=force, writers=writers)

    def plot(self) -> Figure:
        """Return a figure with raster and rates; see :func:`isospike.results.plot.raster`."""
        from isospike.results.plot import raster

        return raster(self)

    def __repr__(self) -> str:
        return summary(self)


def _check_time(dt_ms: float, steps: int, start_step: int) -> None:
    if not (math.isfinite(dt_ms) and dt_ms > 0 and steps >= 0 and start_step >= 0):
        raise ParameterError(
            f"Result: dt_ms={dt_ms}, steps={steps}, start_step={start_step}; expected a positive time step "
            "in ms and counts of 0 or more: Result.from_arrays(..., dt_ms=0.1, steps=10000)."
        )
