"""Tables of Poisson counts, by which comparisons of integers turn a random word into a count."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError
from isospike.random.draw import Words
from isospike.random.gaussian import Floats

__all__ = ["LARGEST_MEAN", "poisson_table"]

LARGEST_MEAN = 10_000.0

_ONE = 2.0**32
_MOST = 2**27  # numbers of a table
_BLOCK = 2**20  # numbers worked on at a time


def poisson_table(means: Floats) -> tuple[NDArray[np.int32], Words]:
    """Return how counts of given means are read from a uniform word w: as ``first + (number of thresholds above w)``.

    The probability of each count is right to ``2**-32``. The table is made of IEEE operations only: the same on every
    processor.

    Parameters
    ----------
    means : array (means,)
        Expected numbers, from 0 to `LARGEST_MEAN`.

    Returns
    -------
    first : array of int32 (means,)
        The smallest count.
    thresholds : array of uint32 (means, size)
        In falling order, and 0 at the end; the size is a power of two.

    Raises
    ------
    ParameterError
        There are so many means that the table would take gigabytes.
    """
    reach = math.ceil(8.0 * math.sqrt(means.max(initial=0.0))) + 24
    if 2 * reach * means.size > _MOST:
        raise ParameterError(
            f"poisson: {means.size} different rates of up to {means.max():g} make a table of gigabytes: round the "
            "rates to fewer different ones, or draw them in several modules."
        )
    rows = max(1, _BLOCK // (2 * reach))
    blocks = [_block(means[start : start + rows], reach) for start in range(0, max(1, means.size), rows)]
    size = max(thresholds.shape[1] for _, thresholds in blocks)
    padded = [np.pad(thresholds, ((0, 0), (0, size - thresholds.shape[1]))) for _, thresholds in blocks]
    return np.concatenate([first for first, _ in blocks]), np.concatenate(padded)


def _block(means: Floats, reach: int) -> tuple[NDArray[np.int32], Words]:
    modes = np.floor(means)
    above = _above(means, modes, reach)
    certain = (above == _ONE).sum(axis=1)
    needed = int(((above > 0.0).sum(axis=1) - certain).max(initial=0))
    columns = certain[:, None] + np.arange(1 << max(1, needed.bit_length()))
    thresholds = np.take_along_axis(above, np.minimum(columns, above.shape[1] - 1), axis=1)
    return (modes - reach + certain).astype(np.int32), thresholds.astype(np.uint32)


def _above(means: Floats, modes: Floats, reach: int) -> Floats:
    """Return ``2**32 P(X > k)``, rounded, for the k within reach of the most probable count."""
    higher, lower = [np.ones_like(means)], [np.ones_like(means)]
    inverse = np.divide(1.0, means, out=np.zeros_like(means), where=means > 0.0)
    for i in range(1, reach + 1):
        higher.append(higher[-1] * means / (modes + i))
        lower.append(lower[-1] * np.maximum(modes + (1 - i), 0.0) * inverse)
    # The weight of each count relative to the most probable one; they are summed from the far end.
    weights = np.stack([*reversed(lower), *higher[1:]], axis=1)
    sums = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
    beyond = np.concatenate([sums[:, 1:], np.zeros((means.size, 1))], axis=1)
    above: Floats = np.rint(beyond / sums[:, :1] * _ONE)
    return above
