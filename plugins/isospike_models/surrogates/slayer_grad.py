"""SlayerGrad: two-sided exponential of height 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["SlayerGrad"]


@dataclass(frozen=True)
class SlayerGrad(Surrogate):
    r"""Two-sided exponential of height 1.

    .. math:: \frac{ds}{dx} = e^{-\alpha |x|}

    Parameters
    ----------
    alpha : float
        Steepness, 1 by default.

    References
    ----------
    Shrestha and Orchard (2018), SLAYER: spike layer error reassignment in time, NeurIPS.
    """

    alpha: float = 1.0

    positive = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return exp(-alpha * |x|)."""
        return math.exp(-self.alpha * math.abs(x))

    def smooth(self, x: Any) -> Any:
        """Return the odd integral, from -1 / alpha to 1 / alpha."""
        return -math.sign(x) * math.expm1(-self.alpha * math.abs(x)) / self.alpha
