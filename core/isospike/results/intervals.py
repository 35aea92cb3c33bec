"""The irregularity of spike trains, from their intervals in whole time steps."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError, ShapeError

__all__ = ["cv_isi"]


def cv_isi(steps: NDArray[np.integer], neurons: NDArray[np.integer], size: int, *, min_spikes: int = 3) -> float:
    r"""Return the coefficient of variation of the inter-spike intervals, averaged over cells.

    .. math::

        \mathrm{CV} = \Big\langle
        \frac{\sqrt{\langle (\Delta_{i,k} - \bar\Delta_i)^2 \rangle_k}}{\bar\Delta_i}
        \Big\rangle_{\text{cells } i}, \qquad \Delta_{i,k} = t_{i,k+1} - t_{i,k}

    0 for a clock, 1 for a Poisson process without dead time. The variance divides by the number of intervals,
    not by one less, as in Elephant and SciPy's ``variation``. Cost: one sort, O(n log n), no memory per cell.

    Parameters
    ----------
    steps : array of int (spikes,)
        Time step of each spike, in any order.
    neurons : array of int (spikes,)
        Cell of each spike, 0 to ``size - 1``.
    size : int
        Number of cells.
    min_spikes : int, default 3
        Cells with fewer spikes are left out: their intervals say little.

    Returns
    -------
    float
        NaN where no cell has enough spikes.

    Raises
    ------
    ParameterError
        If ``min_spikes`` is below 2, since one spike has no interval.
    ShapeError
        If ``steps`` and ``neurons`` differ in length, or a cell is outside the population.
    """
    if min_spikes < 2:
        raise ParameterError(f"cv_isi: min_spikes={min_spikes}; an interval needs two spikes: min_spikes=3.")
    _check_spikes(steps, neurons, size)
    order = np.lexsort((steps, neurons))
    same_cell = np.diff(neurons[order]) == 0
    intervals = np.diff(steps[order])[same_cell].astype(np.float64)
    cell = np.concatenate(([0], np.cumsum(~same_cell)))[:-1][same_cell]  # cells that spiked, counted from 0
    count = np.bincount(cell)
    enough = count >= min_spikes - 1
    mean = np.bincount(cell, intervals) / np.maximum(count, 1)
    variance = np.bincount(cell, (intervals - mean[cell]) ** 2) / np.maximum(count, 1)
    enough &= mean > 0
    return float(np.mean(np.sqrt(variance[enough]) / mean[enough])) if enough.any() else math.nan


def _check_spikes(steps: NDArray[np.integer], neurons: NDArray[np.integer], size: int) -> None:
    if steps.shape != neurons.shape or steps.ndim != 1:
        raise ShapeError(
            f"cv_isi: steps has shape {steps.shape} and neurons {neurons.shape}; expected two vectors of one "
            "length, one entry per spike: cv_isi(spikes.step.to_numpy(), spikes.neuron.to_numpy(), size)."
        )
    if neurons.size and not 0 <= neurons.min() <= neurons.max() < size:
        raise ShapeError(
            f"cv_isi: neurons reach from {neurons.min()} to {neurons.max()}, but size={size} means "
            f"0 to {size - 1}; pass the size of the population that the indices belong to."
        )
