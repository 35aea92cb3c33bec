"""What a run returns: spikes, recorded states and the manifest that says how they came about.

A :class:`Result` holds NumPy arrays; its tables (pandas, xarray) are made on first use, so that a run which
needs neither imports neither. Files are the business of ``isospike.resultio``, pictures of ``isospike.plot``.
"""

from __future__ import annotations

import datetime
import enum
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isospike.analysis import cv_isi, firing_rate
from isospike.errors import ParameterError, ShapeError, UnknownNameError, nearest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["Population", "Result", "SpikeArrays", "Trace", "plain_json"]

MAX_SIZE = 2**31  # a cell's index is an int32


@dataclass(frozen=True)
class Population:
    """The name and size of a recorded population, and names for ranges of its cells.

    Parameters
    ----------
    name : str
        Name of the population, as in the network.
    size : int
        Number of cells.
    groups : dict of str to (int, int), default empty
        Half-open index ranges, such as ``{"E": (0, 3200), "I": (3200, 4000)}``.

    Raises
    ------
    ShapeError
        If the size is negative or a group reaches beyond the population.

    Examples
    --------
    >>> Population("cells", 4000, {"E": (0, 3200), "I": (3200, 4000)}).ranges()
    {'': (0, 4000), 'E': (0, 3200), 'I': (3200, 4000)}
    """

    name: str
    size: int
    groups: Mapping[str, tuple[int, int]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not (self.name and 0 <= self.size <= MAX_SIZE):
            raise ShapeError(
                f"Population({self.name!r}, size={self.size}): expected a name and a size of 0 to 2**31, "
                "such as Population('cells', 4000)."
            )
        for group, (start, stop) in self.groups.items():
            if not (group and 0 <= start <= stop <= self.size):
                raise ShapeError(
                    f"Population {self.name!r}: group {group!r} is ({start}, {stop}); expected a name and a "
                    f"half-open range within (0, {self.size}), such as groups={{'E': (0, {self.size})}}."
                )

    def ranges(self) -> dict[str, tuple[int, int]]:
        """Return the range of the whole population, named ``""``, and then that of each group."""
        return {"": (0, self.size), **self.groups}


@dataclass(frozen=True, eq=False)
class Trace:
    """The recorded values of one state.

    Parameters
    ----------
    values : array (samples, ...)
        Booleans, integers or floats; the first axis is time.
    steps : array of int64 (samples,)
        Time step of each sample, rising.
    unit : str
        Unit of the values, such as ``"mV"``; ``"1"`` where there is none.
    dims : sequence of str, optional
        Names of the axes after time. Default: ``"<trace>_neuron"``, and ``"<trace>_axis2"`` and so on.

    Raises
    ------
    ParameterError
        If the values are of a kind that cannot be stored, such as objects.
    ShapeError
        If ``steps`` or ``dims`` does not fit the shape of ``values``.
    """

    values: NDArray[Any]
    steps: NDArray[np.int64]
    unit: str
    dims: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.values.dtype.kind not in "biuf":
            raise ParameterError(
                f"Trace: values have dtype {self.values.dtype}; expected booleans, integers or IEEE floats: "
                "Trace(np.asarray(values, dtype='float32'), ...)."
            )
        one_each = self.steps.ndim == 1 and self.steps.shape == self.values.shape[:1]
        if not one_each or self.steps.dtype.kind not in "iu" or np.any(np.diff(self.steps) <= 0):
            raise ShapeError(
                f"Trace: values have shape {self.values.shape} and steps {self.steps.shape} of dtype "
                f"{self.steps.dtype}; expected one integer step for each sample, rising: "
                "Trace(values, np.arange(len(values)), unit)."
            )
        if self.dims is not None and len(set(self.dims)) != self.values.ndim - 1:
            raise ShapeError(
                f"Trace: dims={tuple(self.dims)} for values of shape {self.values.shape}; expected "
                f"{self.values.ndim - 1} different names, one for each axis after time."
            )


@dataclass(frozen=True, eq=False)
class SpikeArrays:
    """All spikes of a run, sorted by step, then population, then neuron; the columns have one length."""

    step: NDArray[np.int64]
    population: NDArray[np.int16]  # index into Result.populations
    neuron: NDArray[np.int32]
    recorded: frozenset[str]  # "no spikes" and "spikes not recorded" are different things


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
        _check_names([population.name for population in populations], spikes)
        run = range(start_step, start_step + steps)
        columns = [
            _checked_spikes(code, population, *spikes[population.name], run)
            for code, population in enumerate(populations)
            if population.name in spikes
        ]
        return cls(
            populations,
            float(dt_ms),
            int(steps),
            int(start_step),
            plain_json(manifest or {}),
            _sorted_spikes(columns, frozenset(spikes)),
            _named_axes(traces),
        )

    @property
    def duration_ms(self) -> float:
        """Length of the run in ms."""
        return self.steps * self.dt_ms

    @cached_property
    def spikes(self) -> pd.DataFrame:
        """One row per spike: step (int64), time (float64, ms), population (categorical), neuron (int32)."""
        import pandas as pd

        names = [population.name for population in self.populations]
        arrays = self.spike_arrays
        columns = {
            "step": arrays.step,
            "time": arrays.step * self.dt_ms,
            "population": pd.Categorical.from_codes(
                arrays.population, categories=pd.Index(names, dtype="str")
            ),
            "neuron": arrays.neuron,
        }
        return pd.DataFrame(columns)

    @property
    def states(self) -> xr.Dataset:
        """One variable per trace over ``time`` (ms) and its own axes; the unit is in ``attrs["units"]``.

        Traces sampled at the same steps share an axis. A second sampling has the axis ``time_2``, and so on:
        nothing is filled up or interpolated. ``step`` holds the integer steps along ``time``.
        """
        import xarray as xr

        variables: dict[str, Any] = {}
        coordinates: dict[str, Any] = {}
        for name, suffix in self.samplings().items():
            trace, time = self.traces[name], f"time{suffix}"
            variables[name] = ((time, *(trace.dims or ())), trace.values, {"units": trace.unit})
            coordinates[time] = (time, trace.steps * self.dt_ms, {"units": "ms", "long_name": "time"})
            coordinates[f"step{suffix}"] = (time, trace.steps, {"long_name": "time step"})
        return xr.Dataset(variables, coordinates)

    def samplings(self) -> dict[str, str]:
        """Return for each trace the suffix of its time axis: ``""`` for the first sampling, then ``"_2"``."""
        known: dict[bytes, str] = {}
        suffixes = {}
        for name, trace in self.traces.items():
            suffixes[name] = known.setdefault(trace.steps.tobytes(), f"_{len(known) + 1}" if known else "")
        return suffixes

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
            :func:`isospike.analysis.firing_rate` and :func:`isospike.analysis.cv_isi`.
        """
        import pandas as pd

        rows = []
        for population in self.recorded:
            for group, (start, stop) in population.ranges().items():
                steps, neurons = self.train(population.name, group)
                size, spikes = stop - start, len(steps)
                statistics = firing_rate(spikes, size, self.duration_ms), cv_isi(steps, neurons - start, size)
                rows.append((population.name, group, size, spikes, *statistics))
        return pd.DataFrame(rows, columns=["population", "group", "size", "spikes", "rate_hz", "cv_isi"])

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> list[Path]:
        """Write the result to ``folder`` and return the files; see :func:`isospike.resultio.save_result`."""
        from isospike.resultio import save_result  # the file side builds results, so it imports this module

        return save_result(self, folder, force=force)

    def plot(self) -> Figure:
        """Return a figure with raster and rates; see :func:`isospike.plot.raster`."""
        from isospike.plot import raster

        return raster(self)

    def __repr__(self) -> str:
        lines = [f"Result of {self.duration_ms:.6g} ms ({self.steps} steps of {self.dt_ms:g} ms)"]
        lines += [f"  {self._describe(population)}" for population in self.populations]
        for name, trace in self.traces.items():
            shape = " x ".join(map(str, trace.values.shape))
            lines.append(f"  {name}: {shape} {trace.values.dtype}, {trace.unit}")
        return "\n".join(lines)

    def _describe(self, population: Population) -> str:
        head = f"{population.name}: {population.size} cells"
        if population.name not in self.spike_arrays.recorded:
            return f"{head}, spikes not recorded"
        parts = []
        for group, (start, stop) in population.ranges().items():
            spikes = len(self.train(population.name, group)[0])
            rate = f"{firing_rate(spikes, stop - start, self.duration_ms):.3g} Hz"
            parts.append(f"{group} {rate}" if group else f"{head}, {spikes} spikes, {rate}")
        return f"{parts[0]} ({', '.join(parts[1:])})" if parts[1:] else parts[0]


def plain_json(value: Any, where: str = "manifest") -> Any:
    """Return a copy of ``value`` that JSON can hold without loss of meaning.

    NumPy scalars and arrays become numbers and lists, paths and dates strings, enumerations their value, sets
    sorted lists, tuples lists, and keys strings. NaN becomes None and infinity ``"inf"``: JSON has neither.

    Parameters
    ----------
    value : object
        Nested dicts, sequences and scalars.
    where : str
        Name of ``value`` in messages.

    Raises
    ------
    ParameterError
        If something inside has no JSON form.
    """
    if isinstance(value, Mapping):
        items = value.items()
        return {str(plain_json(key, where)): plain_json(item, f"{where}[{key!r}]") for key, item in items}
    if isinstance(value, set | frozenset):
        value = sorted(value)
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain_json(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, enum.Enum):
        return plain_json(value.value, where)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None if math.isnan(value) else str(float(value))
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, os.PathLike | np.dtype):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise ParameterError(
        f"{where} is a {type(value).__name__}, which JSON cannot hold; expected numbers, strings, "
        f"lists and dicts: {where} = str(...)."
    )


def _check_time(dt_ms: float, steps: int, start_step: int) -> None:
    if not (math.isfinite(dt_ms) and dt_ms > 0 and steps >= 0 and start_step >= 0):
        raise ParameterError(
            f"Result: dt_ms={dt_ms}, steps={steps}, start_step={start_step}; expected a positive time step "
            "in ms and counts of 0 or more: Result.from_arrays(..., dt_ms=0.1, steps=10000)."
        )


def _check_names(names: list[str], spikes: Iterable[str]) -> None:
    if len(set(names)) != len(names) or len(names) > np.iinfo(np.int16).max:
        raise ShapeError(
            f"Result: {len(names)} populations, {len(set(names))} different names; expected one name each "
            f"and at most {np.iinfo(np.int16).max} populations."
        )
    for name in spikes:
        if name not in names:
            raise UnknownNameError(
                f"Result: spikes are given for {name!r}, which is not a population.{nearest(name, names)} "
                f"Populations: {', '.join(names) or 'none'}."
            )


def _checked_spikes(
    code: int, population: Population, steps: NDArray[Any], neurons: NDArray[Any], run: range
) -> tuple[NDArray[np.int64], NDArray[np.int16], NDArray[np.int32]]:
    """Return the step, population and neuron columns of one population."""
    name, shapes = population.name, (np.shape(steps), np.shape(neurons))
    if shapes[0] != shapes[1] or len(shapes[0]) != 1:
        raise ShapeError(
            f"Result: spikes of {name!r} have steps of shape {shapes[0]} and neurons of shape {shapes[1]}; "
            f"expected two vectors of one length: spikes={{{name!r}: (steps, neurons)}}."
        )
    expected = (
        ("steps", steps, run, "start_step and steps of the run"),
        ("neurons", neurons, range(population.size), "size of the population"),
    )
    for what, values, legal, where in expected:
        if values.dtype.kind not in "iu":
            raise ParameterError(
                f"Result: {what} of the spikes of {name!r} have dtype {values.dtype}; expected integers: "
                f"{what}.astype('int64')."
            )
        if values.size and not legal.start <= values.min() <= values.max() < legal.stop:
            raise ShapeError(
                f"Result: {what} of the spikes of {name!r} reach from {values.min()} to {values.max()}; "
                f"expected {legal.start} to {legal.stop - 1}. Pass the {where} that they belong to."
            )
    return steps.astype(np.int64), np.full(len(steps), code, np.int16), neurons.astype(np.int32)


def _sorted_spikes(columns: Sequence[tuple[NDArray[Any], ...]], recorded: frozenset[str]) -> SpikeArrays:
    none = (np.zeros(0, np.int64), np.zeros(0, np.int16), np.zeros(0, np.int32))
    step, population, neuron = (np.concatenate(parts) for parts in zip(none, *columns, strict=True))
    order = np.lexsort((neuron, population, step))
    return SpikeArrays(step[order], population[order], neuron[order], recorded)


def _named_axes(traces: Mapping[str, Trace]) -> dict[str, Trace]:
    """Return the traces with a name for every axis, or raise where names clash."""
    named, sizes = {}, dict[str, int]()
    for name, trace in traces.items():
        default = [f"{name}_neuron", *(f"{name}_axis{axis}" for axis in range(2, trace.values.ndim))]
        dims = tuple(trace.dims or default[: trace.values.ndim - 1])
        for label in (name, *dims):
            _check_label(label, taken=label in dims and label in traces)
        for axis, size in zip(dims, trace.values.shape[1:], strict=True):
            if sizes.setdefault(axis, size) != size:
                raise ShapeError(
                    f"Result: trace {name!r} has {size} entries along {axis!r}, another has {sizes[axis]}; "
                    f"an axis has one length: name this one otherwise: Trace(..., dims=['{name}_neuron'])."
                )
        values = trace.values.astype(trace.values.dtype.newbyteorder("="), copy=False)
        named[name] = Trace(values, trace.steps.astype(np.int64, copy=False), trace.unit, dims)
    return named


def _check_label(label: str, *, taken: bool) -> None:
    """Refuse names that the axes of time use, or that cannot be a file name on every system."""
    reserved = re.fullmatch(r"(time|step)(_\d+)?|__.*|zarr\.json", label)
    if taken or reserved or not label.strip(" .") or any(c in '/\\:*?"<>|' or c < " " for c in label):
        raise ParameterError(
            f"Result: {label!r} cannot name a trace or an axis: it is empty, in use, kept for time, or holds "
            'one of / \\ : * ? " < > |. Use the path of the state, such as "cells.V".'
        )
