"""Statistics of samples, for tests at fixed seeds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def largest_gap() -> Callable[[np.ndarray, Any], float]:
    """Return Kolmogorov's statistic, scaled: above 1.63 in one of a hundred good samples, 1.95 in one of a thousand."""

    def gap(sample: np.ndarray, distribution: Any) -> float:
        ranks = np.arange(sample.size + 1) / sample.size
        expected = np.array([distribution(x) for x in np.sort(sample)])
        return math.sqrt(sample.size) * float(max((ranks[1:] - expected).max(), (expected - ranks[:-1]).max()))

    return gap
