"""A statistic of degrees."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest


def _score(observed: np.ndarray, mean: float, variance: float) -> float:
    return (float(((observed - mean) ** 2).sum()) / variance - observed.size) / math.sqrt(2 * observed.size)


@pytest.fixture(scope="session")
def chi_square_score() -> Callable[[np.ndarray, float, float], float]:
    """Return a function: how many standard deviations a sum of squared, scaled deviations is off its mean."""
    return _score
