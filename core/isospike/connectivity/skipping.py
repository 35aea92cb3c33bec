"""Independent trials of one probability, by skipping from success to success."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from isospike.connectivity.making import CHUNK, Int64
from isospike.random.draw import Draw

__all__ = ["bernoulli"]


def bernoulli(draw: Draw, trials: int, probability: float) -> Iterator[Int64]:
    """Yield the ascending numbers of the trials that succeed, chunk by chunk."""
    thresholds = _geometric_thresholds(probability)
    longest = thresholds.size
    position, used = 0, 0
    while position < trials and probability > 0.0:
        number = min(CHUNK, int(1.1 * probability * (trials - position)) + 64)
        gaps = longest - np.searchsorted(thresholds, draw.words(used, number), side="right")
        # A gap past the table finds nothing: skip the table's length and draw again, as the law has no
        # memory.
        ends = position + np.cumsum(np.minimum(gaps + 1, longest))
        found = ends[gaps < longest] - 1
        yield found[: np.searchsorted(found, trials)]
        position, used = int(ends[-1]), used + number


@lru_cache(maxsize=32)
def _geometric_thresholds(probability: float) -> NDArray[np.uint32]:
    """Return ``floor(2**32 (1 - p)**k)`` for ``k = K ... 1`` with ``K`` near ``4/p``, by integer products."""
    up, down = probability.as_integer_ratio()
    survival = ((down - up) << 96) // down
    power = survival
    thresholds: list[int] = []
    while len(thresholds) < min(4.0 / max(probability, 1e-300), 2**16):
        thresholds.append(min(power >> 64, 2**32 - 1))
        power = (power * survival) >> 96
    return np.array(thresholds[::-1], np.uint32)
