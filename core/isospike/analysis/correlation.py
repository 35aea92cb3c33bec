"""How much cells spike together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import units
from isospike.analysis.train import as_train, steps_of

__all__ = ["correlations"]


def correlations(
    source: Any, population: str = "", *, bin: Any = None, cells: Any = None, dt: Any = None
) -> NDArray[np.float64]:
    r"""Return Pearson's correlation of the spike counts of each pair of cells.

    .. math:: \rho_{ij} = \frac{\langle n_i n_j \rangle - \langle n_i \rangle \langle n_j \rangle}{\sigma_i \sigma_j}

    Parameters
    ----------
    source, population, dt
        See `as_train`.
    bin : Quantity, ms
        Width of the bins, rounded to whole steps; 2 ms by default. A shorter last one is left out.
    cells : array of int, optional
        Which cells; all by default. Memory grows with the square of their number.

    Returns
    -------
    array (cells, cells)
        NaN in the rows and columns of cells whose count never varies.
    """
    train = as_train(source, population, dt=dt)
    width = units.quantity(2.0, units.parse_unit("ms")) if bin is None else bin
    counts = train.counts(steps_of(width, train, "correlations: bin")).astype(np.float64)
    counts = counts if cells is None else counts[np.asarray(cells)]
    totals, bins = counts.sum(axis=1), counts.shape[1]
    # Sums of whole numbers, hence exact: the diagonal is one, and equal trains correlate by one.
    covariance = bins * (counts @ counts.T) - np.outer(totals, totals)
    variance = np.diag(covariance)
    scale = np.sqrt(np.outer(variance, variance))
    pearson: NDArray[np.float64] = np.divide(covariance, scale, out=np.full(covariance.shape, np.nan), where=scale > 0)
    return pearson
