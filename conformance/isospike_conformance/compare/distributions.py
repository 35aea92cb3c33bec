"""The distributions that describe the activity of a population: one number a cell, interval or pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike_conformance.compare.activity import Activity

__all__ = ["DISTRIBUTIONS", "correlations", "cvs", "intervals", "rates"]

MIN_SPIKES = 3  # as isospike.results.intervals.cv_isi: one interval has no variation


def rates(activity: Activity) -> NDArray[np.float64]:
    """Return the rate of each cell in Hz, silent cells included."""
    counts = np.bincount(activity.neurons, minlength=activity.size)
    return np.asarray(counts * 1000.0 / activity.duration_ms, np.float64)


def intervals(activity: Activity) -> NDArray[np.float64]:
    """Return all intervals between spikes of one cell in ms."""
    lengths, _ = _intervals(activity)
    return lengths * activity.dt_ms


def cvs(activity: Activity) -> NDArray[np.float64]:
    r"""Return :math:`\mathrm{sd}(\Delta) / \langle \Delta \rangle` of each cell with at least 3 spikes.

    The variance divides by the number of intervals, as in :func:`isospike.results.intervals.cv_isi`.
    """
    lengths, cell = _intervals(activity)
    count = np.bincount(cell, minlength=activity.size)
    mean = np.bincount(cell, lengths, activity.size) / np.maximum(count, 1)
    variance = np.bincount(cell, (lengths - mean[cell]) ** 2, activity.size) / np.maximum(count, 1)
    kept = (count >= MIN_SPIKES - 1) & (mean > 0)
    return np.asarray(np.sqrt(variance[kept]) / mean[kept], np.float64)


def correlations(activity: Activity, *, bin_ms: float = 2.0, cells: int = 200) -> NDArray[np.float64]:
    r"""Return Pearson's correlation of the spike counts of each pair of cells.

    .. math:: \rho_{ij} = \frac{\langle n_i n_j \rangle - \langle n_i \rangle \langle n_j \rangle}{\sigma_i \sigma_j}

    Of counts in bins of ``bin_ms``, rounded to whole steps, an incomplete last bin left out; of ``cells`` cells
    spread evenly over the population; without cells whose count never varies. The sums are of integers, hence exact.
    """
    width = max(1, round(bin_ms / activity.dt_ms))
    bins = (activity.stop - activity.start) // width
    chosen = np.unique(np.linspace(0, activity.size - 1, min(cells, activity.size)).astype(np.int64))
    row = np.full(activity.size, -1)
    row[chosen] = np.arange(len(chosen))
    place = (activity.steps.astype(np.int64) - activity.start) // width
    kept = (row[activity.neurons] >= 0) & (place < bins)
    flat = row[activity.neurons[kept]] * bins + place[kept]
    counts = np.bincount(flat, minlength=len(chosen) * bins).reshape(len(chosen), bins).astype(np.float64)
    totals = counts.sum(axis=1)
    covariance = bins * (counts @ counts.T) - np.outer(totals, totals)
    varying = np.diag(covariance) > 0
    covariance = covariance[np.ix_(varying, varying)]
    spread = np.sqrt(np.diag(covariance))
    first, second = np.triu_indices(len(spread), k=1)
    return np.asarray(covariance[first, second] / (spread[first] * spread[second]), np.float64)


def _intervals(activity: Activity) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return the intervals in steps, and the cell of each."""
    order = np.lexsort((activity.steps, activity.neurons))
    steps, neurons = activity.steps[order].astype(np.int64), activity.neurons[order]
    same_cell = neurons[1:] == neurons[:-1]
    return np.diff(steps)[same_cell].astype(np.float64), neurons[1:][same_cell]


DISTRIBUTIONS: Mapping[str, tuple[Callable[[Activity], NDArray[np.float64]], str]] = MappingProxyType(
    {"rate": (rates, "Hz"), "cv_isi": (cvs, "1"), "isi": (intervals, "ms"), "correlation": (correlations, "1")}
)
"""What level L2 looks at, with units."""
