"""PiecewiseExp: two-sided exponential of unit area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["PiecewiseExp"]


@dataclass(frozen=True)
class PiecewiseExp(Surrogate):
    r"""Two-sided exponential of unit area.

    .. math:: \frac{ds}{dx} = \frac{\alpha}{2}\, e^{-\alpha |x|}

    Parameters
    ----------
    alpha : float
        Steepness, 1 by default.

    References
    ----------
    Shrestha and Orchard (2018), SLAYER: spike layer error reassignment in time, NeurIPS;
    Neftci, Mostafa and Zenke (2019), Surrogate gradient learning in spiking neural networks, IEEE Signal
    Processing Magazine 36:51.
    """

    alpha: float = 1.0

    positive = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return alpha / 2 * exp(-alpha * |x|)."""
        return 0.5 * self.alpha * math.exp(-self.alpha * math.abs(x))

    def smooth(self, x: Any) -> Any:
        """Return the distribution function of Laplace."""
        return 0.5 - 0.5 * math.sign(x) * math.expm1(-self.alpha * math.abs(x))
