"""The distance of two samples after Kolmogorov and Smirnov."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError

__all__ = ["ks_distance", "leave_one_out"]


def ks_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    r"""Return the largest difference of the two empirical distribution functions.

    .. math:: D = \sup_x | F_a(x) - F_b(x) |

    Computed in integers up to one last division, so it is exactly symmetric, and exact with ties.

    Parameters
    ----------
    a, b : array of float (samples,)
        In any order. Two empty samples are 0 apart, an empty one is 1 from any other.

    Raises
    ------
    ParameterError
        If a sample holds NaN, which has no place in an order.

    Examples
    --------
    >>> ks_distance(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 4.0, 5.0, 6.0]))
    0.5
    """
    if np.isnan(a).any() or np.isnan(b).any():
        raise ParameterError("ks_distance: a sample holds NaN, which has no order; drop it: a[~np.isnan(a)].")
    if not (a.size and b.size):
        return float(a.size != b.size)
    points = np.concatenate([a, b])
    below_a, below_b = (np.searchsorted(np.sort(x), points, side="right").astype(np.int64) for x in (a, b))
    return int(np.max(np.abs(below_a * b.size - below_b * a.size))) / (a.size * b.size)


def leave_one_out(samples: Sequence[NDArray[np.float64]]) -> float:
    """Return the largest distance of one sample from all others together: how far chance alone has taken one.

    Raises
    ------
    ParameterError
        If there are fewer than two samples.
    """
    if len(samples) < 2:
        raise ParameterError(f"leave_one_out: {len(samples)} samples; expected at least 2: more reference seeds.")
    return max(
        ks_distance(sample, np.concatenate([other for j, other in enumerate(samples) if j != i]))
        for i, sample in enumerate(samples)
    )
