"""Gradients of two computations of one loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError
from isospike_conformance.compare.verdict import Verdict

__all__ = ["GradientVerdict", "compare_gradients"]


@dataclass(frozen=True)
class GradientVerdict(Verdict):
    """The largest difference of two gradients over the largest gradient, for each parameter.

    Attributes
    ----------
    unlike : tuple of str
        Parameters of one side only, and those whose gradients have other shapes.
    errors : dict of str to float
        By parameter; infinite where a gradient is not finite, or 0 everywhere in the reference alone.
    limit : float
        Largest error allowed.
    """

    unlike: tuple[str, ...]
    errors: Mapping[str, float]
    limit: float

    @property
    def largest(self) -> float:
        """The largest error of any parameter."""
        return max(self.errors.values(), default=0.0)

    @property
    def passed(self) -> bool:
        """Whether there is a gradient to compare, and all are within the limit."""
        return not self.unlike and bool(self.errors) and self.largest <= self.limit

    def __str__(self) -> str:
        """Return one line."""
        if not self.errors and not self.unlike:
            return "there is no gradient to compare"
        failed = [f"{name} off by {error:.3g}" for name, error in self.errors.items() if error > self.limit]
        text = f"{len(self.errors)} gradients, largest error {self.largest:.3g} of the largest element"
        return "; ".join([*self.unlike, *failed, f"{text}, allowed {self.limit:g}"])


def compare_gradients(
    reference: Mapping[str, NDArray[Any]], candidate: Mapping[str, NDArray[Any]], limit: float
) -> GradientVerdict:
    r"""Compare gradients by parameter.

    .. math:: \max_i |a_i - b_i| / \max_i |a_i|

    Relative to the largest element, since sums in another order leave errors of its size in every element.

    Parameters
    ----------
    reference, candidate : dict of str to array
        By path of the parameter, in one unit.
    limit : float
        Largest error allowed; a row of the table of tolerances.

    Raises
    ------
    ParameterError
        If the limit is not a finite number of 0 or more.
    """
    if not (math.isfinite(limit) and limit >= 0):
        raise ParameterError(f"compare_gradients: limit={limit}; expected a finite number, such as limit=1e-9.")
    unlike = [f"{n}: only in the {'reference' if n in reference else 'candidate'}" for n in {*reference} ^ {*candidate}]
    errors = {}
    for name in (n for n in reference if n in candidate):
        ref, got = (np.asarray(side[name], np.float64) for side in (reference, candidate))
        if ref.shape != got.shape:
            unlike.append(f"{name}: shape {ref.shape} against {got.shape}")
        else:
            errors[name] = _error(ref, got)
    return GradientVerdict(tuple(sorted(unlike)), errors, limit)


def _error(ref: NDArray[np.float64], got: NDArray[np.float64]) -> float:
    if not (np.isfinite(ref).all() and np.isfinite(got).all()):
        return math.inf
    apart, size = float(abs(ref - got).max(initial=0.0)), float(abs(ref).max(initial=0.0))
    return apart / size if size else math.inf if apart else 0.0
