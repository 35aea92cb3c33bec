"""Mean rates, and the rate of a population in time.

Everything here takes integer time steps, as a run stores them, so that the borders of bins are exact; nothing
here knows about results, models or backends.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError, ShapeError

__all__ = ["bin_edges", "firing_rate", "population_rate"]


def firing_rate(n_spikes: int, size: int, duration_ms: float) -> float:
    r"""Return the mean rate of one cell.

    .. math:: \nu = \frac{n_\mathrm{spikes}}{N \, T}

    Parameters
    ----------
    n_spikes : int
        Spikes of all cells together.
    size : int
        Number of cells N, silent ones included.
    duration_ms : float, ms
        Time T in which they were counted.

    Returns
    -------
    float, Hz
        NaN where there is no cell or no time to divide by.

    Examples
    --------
    >>> firing_rate(300, size=100, duration_ms=500.0)
    6.0
    """
    return 1000.0 * n_spikes / (size * duration_ms) if size and duration_ms else math.nan


def bin_edges(n_steps: int, dt_ms: float, bin_ms: float) -> NDArray[np.int64]:
    """Return the borders of the bins in steps, the last one cut to the run.

    A bin holds a whole number of steps: ``bin_ms / dt_ms`` rounded to the nearest, at least one. Borders are
    therefore exact, and no bin holds one step more than its neighbour.

    Parameters
    ----------
    n_steps : int
        Length of the run.
    dt_ms : float, ms
        Time step.
    bin_ms : float, ms
        Wanted width of a bin.

    Returns
    -------
    array of int64 (bins + 1,)

    Raises
    ------
    ParameterError
        If ``dt_ms`` or ``bin_ms`` is not a positive number.

    Examples
    --------
    >>> bin_edges(25, dt_ms=0.1, bin_ms=1.0).tolist()
    [0, 10, 20, 25]
    """
    for name, value in (("dt_ms", dt_ms), ("bin_ms", bin_ms)):
        if not (math.isfinite(value) and value > 0):
            raise ParameterError(f"{name}={value!r}; expected a positive time in ms, such as {name}=1.0.")
    width = max(1, round(bin_ms / dt_ms))
    return np.append(np.arange(0, n_steps, width, dtype=np.int64), np.int64(n_steps))


def population_rate(
    steps: NDArray[np.integer], size: int, dt_ms: float, n_steps: int, *, bin_ms: float = 5.0
) -> NDArray[np.float64]:
    r"""Return the instantaneous rate of a population, bin by bin.

    .. math:: A(t_k) = \frac{n_k}{N \, \Delta_k}

    with :math:`n_k` the spikes in bin k and :math:`\Delta_k` its true width: a shorter last bin has no bias.

    Parameters
    ----------
    steps : array of int (spikes,)
        Time step of each spike, counted from the start of the run.
    size : int
        Number of cells N.
    dt_ms : float, ms
        Time step.
    n_steps : int
        Length of the run; a spike outside it is an error.
    bin_ms : float, ms, default 5
        Width of a bin, rounded to whole steps as in :func:`bin_edges`.

    Returns
    -------
    array of float64 (bins,), Hz
        NaN where ``size`` is 0.

    Raises
    ------
    ParameterError
        If ``dt_ms`` or ``bin_ms`` is not a positive number.
    ShapeError
        If a spike lies outside the run.
    """
    edges = bin_edges(n_steps, dt_ms, bin_ms)
    if steps.size and not 0 <= steps.min() <= steps.max() < n_steps:
        raise ShapeError(
            f"population_rate: spikes reach from step {steps.min()} to {steps.max()}, but the run has steps "
            f"0 to {n_steps - 1}; count from its start: population_rate(steps - start_step, ...)."
        )
    bins = len(edges) - 1
    counts = np.bincount(steps // max(1, int(edges[1] - edges[0])), minlength=bins) if bins else np.zeros(0)
    seconds = np.diff(edges) * dt_ms / 1000.0
    return counts / (size * seconds) if size else np.full(bins, math.nan)
