"""A moment of a random process against the one that it has to have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike_conformance.compare import Verdict
from isospike_conformance.compare.tolerance import tolerance

__all__ = ["MomentVerdict", "judge_moment"]


@dataclass(frozen=True)
class MomentVerdict(Verdict):
    """Whether the mean of independent samples is the expected one.

    Attributes
    ----------
    expected, found : float
        The mean.
    z, z_limit : float
        Their difference in standard errors, and what is allowed.
    """

    expected: float
    found: float
    z: float
    z_limit: float

    @property
    def passed(self) -> bool:
        """Whether the difference is within the limit; a NaN is not."""
        return abs(self.z) <= self.z_limit

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.found:.5g} against {self.expected:.5g}, z {self.z:.2g} of {self.z_limit:g}"


def judge_moment(samples: NDArray[Any], expected: float) -> MomentVerdict:
    """Compare the mean of independent samples with an expected one, by the spread of the samples.

    Parameters
    ----------
    samples : array (samples,)
        At least two, independent of each other: one a cell, say, its mean over time.
    expected : float
        What their mean is in the limit of many.
    """
    values = np.asarray(samples, np.float64)
    expected, found, error = float(expected), float(values.mean()), float(values.std(ddof=1)) / math.sqrt(values.size)
    off = found - expected
    z = off / error if error else math.copysign(math.inf, off) if off else 0.0
    return MomentVerdict(expected, found, z, tolerance("truth", "abs_z").number)
