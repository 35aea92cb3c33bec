"""Rates of cells, and the rate of a population in time."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.analysis.train import as_train
from isospike.results import rates as results

__all__ = ["population_rate", "rates"]


def rates(source: Any, population: str = "", *, dt: Any = None) -> Any:
    r"""Return the mean rate of each cell, :math:`n_i / T`.

    Parameters
    ----------
    source, population, dt
        See `as_train`.

    Returns
    -------
    Quantity, Hz, (cells,)
    """
    train = as_train(source, population, dt=dt)
    counts = np.bincount(train.neurons, minlength=train.size)
    return units.quantity(counts / (train.n_steps * train.dt_ms / 1000.0), units.parse_unit("Hz"))


def population_rate(source: Any, population: str = "", *, dt: Any = None, bin: Any = None) -> tuple[Any, Any]:
    """Return the rate of a population in time; see :func:`isospike.results.rates.population_rate`.

    Parameters
    ----------
    source, population, dt
        See `as_train`.
    bin : Quantity, ms
        Width of a bin, rounded to whole steps; 5 ms by default.

    Returns
    -------
    times : Quantity, ms, (bins,)
        Middle of each bin.
    rate : Quantity, Hz, (bins,)
    """
    train, ms = as_train(source, population, dt=dt), units.parse_unit("ms")
    width = 5.0 if bin is None else float(units.convert(bin, ms, what="population_rate: bin"))
    edges = results.bin_edges(train.n_steps, train.dt_ms, width) * train.dt_ms
    rate = results.population_rate(train.steps, train.size, train.dt_ms, train.n_steps, bin_ms=width)
    return units.quantity(0.5 * (edges[1:] + edges[:-1]), ms), units.quantity(rate, units.parse_unit("Hz"))
