"""One quantity of one population, judged against the spread of reference seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median, stdev

import numpy as np
from numpy.typing import NDArray

from isospike_conformance.compare.kolmogorov import ks_distance, leave_one_out
from isospike_conformance.compare.tolerance import tolerance
from isospike_conformance.compare.verdict import Verdict

__all__ = ["QuantityVerdict", "compare_quantity", "z_score"]

Samples = Sequence[NDArray[np.float64]]


@dataclass(frozen=True)
class QuantityVerdict(Verdict):
    """Whether a distribution is one that reference seeds could have given.

    Attributes
    ----------
    population, quantity, unit : str
        What was measured.
    reference_mean, candidate_mean : float
        Mean of the means of the seeds; NaN where no seed has a sample.
    ks, ks_limit : float
        Distance of the middle candidate seed from all reference seeds together, and what is allowed.
    ks_worst : float
        Distance of the candidate seed that strays furthest; for information.
    z, z_limit : float
        Difference of the means in standard errors, and what is allowed.
    """

    population: str
    quantity: str
    unit: str
    reference_mean: float
    candidate_mean: float
    ks: float
    ks_limit: float
    ks_worst: float
    z: float
    z_limit: float

    @property
    def passed(self) -> bool:
        """Whether distance and mean are within their limits."""
        return self.ks <= self.ks_limit and abs(self.z) <= self.z_limit

    @property
    def can_fail_ks(self) -> bool:
        """Whether the limit is below 1, the largest distance there is; not so where samples are very small."""
        return self.ks_limit < 1

    def __str__(self) -> str:
        """Return one line."""
        idle = "" if self.can_fail_ks else " (cannot fail)"
        return (
            f"{self.population} {self.quantity} {self.candidate_mean:.4g} against {self.reference_mean:.4g} "
            f"{self.unit}: KS {self.ks:.3g} of {self.ks_limit:.3g}{idle}, z {self.z:.2g} of {self.z_limit:g}"
        )


def compare_quantity(
    reference: Samples, candidate: Samples, *, population: str, quantity: str, unit: str
) -> QuantityVerdict:
    """Judge samples by the rule of level L2.

    The KS distance of a candidate seed from all reference seeds together is at most 1.5 times the largest distance
    of one reference seed from the others, and the means agree within 4 standard errors.

    Of several candidate seeds the median distance counts: a fault moves all of them, chance the worst one. With 8
    right seeds against 8 the worst fails one night in seven, the median and the means one in a hundred.

    Parameters
    ----------
    reference, candidate : sequence of array
        One sample a seed; at least two, and at least one.
    population, quantity, unit : str
        Names for the verdict.
    """
    pooled = np.concatenate(reference)
    distances = [ks_distance(sample, pooled) for sample in candidate]
    return QuantityVerdict(
        population=population,
        quantity=quantity,
        unit=unit,
        reference_mean=_mean(_means(reference)),
        candidate_mean=_mean(_means(candidate)),
        ks=median(distances),
        ks_limit=tolerance("L2", "ks_factor").number * leave_one_out(reference),
        ks_worst=max(distances),
        z=z_score(_means(reference), _means(candidate)),
        z_limit=tolerance("L2", "abs_z").number,
    )


def z_score(reference: Sequence[float], candidate: Sequence[float]) -> float:
    r"""Return the difference of two means in standard errors.

    .. math:: z = \frac{\bar c - \bar r}{s_r \sqrt{1/n_r + 1/n_c}}

    with the spread :math:`s_r` of the reference, since the candidate may be one number. Infinite where one side
    has nothing and the other has, or where the means differ and the reference does not vary.
    """
    if not (reference and candidate):
        return math.inf if reference or candidate else 0.0
    difference = mean(candidate) - mean(reference)
    spread = stdev(reference) if len(reference) > 1 else 0.0
    if not spread:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / (spread * math.sqrt(1 / len(reference) + 1 / len(candidate)))


def _means(samples: Samples) -> list[float]:
    return [float(np.mean(sample)) for sample in samples if sample.size]


def _mean(means: Sequence[float]) -> float:
    return mean(means) if means else math.nan
