"""How much the number of spikes varies from window to window."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import units
from isospike.analysis.train import as_train, steps_of

__all__ = ["fano_factor"]


def fano_factor(source: Any, population: str = "", *, window: Any = None, dt: Any = None) -> NDArray[np.float64]:
    r"""Return the Fano factor of each cell, :math:`\mathrm{Var}[n] / \langle n \rangle` of spike counts in windows.

    1 for a Poisson process, whatever the window; 0 for a clock whose period divides it.

    Parameters
    ----------
    source, population, dt
        See `as_train`.
    window : Quantity, ms
        Length of a window, rounded to whole steps; 100 ms by default. A shorter last one is left out.

    Returns
    -------
    array (cells,)
        NaN for a cell without spikes, or where there are fewer than two windows.

    Notes
    -----
    The variance divides by the number of windows less one, so that a short run is not biased towards regularity.

    References
    ----------
    Fano (1947), Physical Review 72:26.
    """
    train = as_train(source, population, dt=dt)
    length = units.quantity(100.0, units.parse_unit("ms")) if window is None else window
    counts = train.counts(steps_of(length, train, "fano_factor: window"))
    if counts.shape[1] < 2:
        return np.full(train.size, np.nan)
    mean = counts.mean(axis=1)
    factor: NDArray[np.float64] = np.divide(
        counts.var(axis=1, ddof=1), mean, out=np.full(train.size, np.nan), where=mean > 0
    )
    return factor
