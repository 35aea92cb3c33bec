"""The spikes of all populations as columns of one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError, ShapeError, UnknownNameError, nearest
from isospike.results.population import Population

__all__ = ["SpikeArrays", "spike_arrays"]

Columns: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int16], NDArray[np.int32]]


@dataclass(frozen=True, eq=False)
class SpikeArrays:
    """All spikes of a run, sorted by step, then population, then neuron; the columns have one length."""

    step: NDArray[np.int64]
    population: NDArray[np.int16]  # index into Result.populations
    neuron: NDArray[np.int32]
    recorded: frozenset[str]  # "no spikes" and "spikes not recorded" are different things


def spike_arrays(
    populations: Sequence[Population], spikes: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], run: range
) -> SpikeArrays:
    """Return the spikes of all populations in order, or refuse what does not agree.

    Parameters
    ----------
    populations : sequence of Population
        All of the run, recorded or not.
    spikes : dict of str to (steps, neurons)
        Time step and cell of each spike of a recorded population, in any order.
    run : range
        The steps of the run.

    Raises
    ------
    ParameterError
        If an index is not an integer.
    ShapeError
        If sizes disagree, or a spike lies outside the run or its population.
    UnknownNameError
        If ``spikes`` names a population that is not in ``populations``.
    """
    _check_names([population.name for population in populations], spikes)
    columns = [
        _sorted(*_checked(code, population, *spikes[population.name], run))
        for code, population in enumerate(populations)
        if population.name in spikes
    ]
    return SpikeArrays(*_merged(columns), frozenset(spikes))


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


def _checked(code: int, population: Population, steps: NDArray[Any], neurons: NDArray[Any], run: range) -> Columns:
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
                f"Result: {what} of the spikes of {name!r} have dtype "
                f"{values.dtype}; expected integers: {what}.astype('int64')."
            )
        if values.size and not legal.start <= values.min() <= values.max() < legal.stop:
            raise ShapeError(
                f"Result: {what} of the spikes of {name!r} reach from {values.min()} to {values.max()}; "
                f"expected {legal.start} to {legal.stop - 1}. Pass the {where} that they belong to."
            )
    return steps.astype(np.int64), np.full(len(steps), code, np.int16), neurons.astype(np.int32)


def _sorted(steps: NDArray[np.int64], codes: NDArray[np.int16], neurons: NDArray[np.int32]) -> Columns:
    """Return the spikes of one population by step, then neuron; a simulation delivers them so."""
    later, equal = steps[1:] > steps[:-1], steps[1:] == steps[:-1]
    if np.all(later | (equal & (neurons[1:] >= neurons[:-1]))):
        return steps, codes, neurons
    order = np.lexsort((neurons, steps))
    return steps[order], codes, neurons[order]


def _merged(columns: Sequence[Columns]) -> Columns:
    """Return the spikes of all populations by step, then population, then neuron."""
    none = (np.zeros(0, np.int64), np.zeros(0, np.int16), np.zeros(0, np.int32))
    steps, codes, neurons = (np.concatenate(parts) for parts in zip(none, *columns, strict=True))
    if len(columns) < 2:
        return steps, codes, neurons
    order = np.argsort(steps, kind="stable")  # each population is in order, so this merges a few sorted runs
    return steps[order], codes[order], neurons[order]
