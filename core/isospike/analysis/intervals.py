"""Intervals between the spikes of a cell, and how irregular they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import units
from isospike.analysis.train import as_train

__all__ = ["cv_isi", "intervals"]


def intervals(source: Any, population: str = "", *, dt: Any = None) -> tuple[Any, NDArray[np.int64]]:
    """Return all intervals between successive spikes of one cell.

    Parameters
    ----------
    source, population, dt
        See `as_train`.

    Returns
    -------
    intervals : Quantity, ms, (intervals,)
    cells : array of int64 (intervals,)
        Cell of each.
    """
    train = as_train(source, population, dt=dt)
    order = np.lexsort((train.steps, train.neurons))
    steps, cells = train.steps[order], train.neurons[order]
    same = cells[1:] == cells[:-1]
    return units.quantity(np.diff(steps)[same] * train.dt_ms, units.parse_unit("ms")), cells[1:][same]


def cv_isi(source: Any, population: str = "", *, dt: Any = None) -> NDArray[np.float64]:
    r"""Return the coefficient of variation of the intervals of each cell, :math:`\mathrm{sd}(\Delta) / \bar\Delta`.

    0 for a clock, 1 for a Poisson process. As in :func:`isospike.results.intervals.cv_isi`, which averages it over
    cells, the variance divides by the number of intervals.

    Parameters
    ----------
    source, population, dt
        See `as_train`.

    Returns
    -------
    array (cells,)
        NaN for a cell of fewer than three spikes.
    """
    train = as_train(source, population, dt=dt)
    lengths, cells = intervals(train)
    each = np.asarray(units.split(lengths)[0])
    count = np.bincount(cells, minlength=train.size)
    mean = np.bincount(cells, each, train.size) / np.maximum(count, 1)
    variance = np.bincount(cells, (each - mean[cells]) ** 2, train.size) / np.maximum(count, 1)
    cv: NDArray[np.float64] = np.divide(np.sqrt(variance), mean, out=np.full(train.size, np.nan), where=count >= 2)
    return cv
