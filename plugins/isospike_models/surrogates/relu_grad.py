"""ReluGrad: a triangular surrogate, the default of all spiking models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["ReluGrad"]


@dataclass(frozen=True)
class ReluGrad(Surrogate):
    r"""Triangular surrogate derivative.

    .. math:: \frac{ds}{dx} = \max(\alpha\,w - \alpha\,|x|,\; 0)

    Parameters
    ----------
    alpha : float
        Slope of the triangle, 0.3 by default.
    width : float
        Half-width w of the triangle, 1 by default.

    References
    ----------
    Bellec et al. (2018), Long short-term memory and learning-to-learn in networks of spiking neurons,
    NeurIPS; Neftci, Mostafa and Zenke (2019), IEEE Signal Processing Magazine 36:51.
    """

    alpha: float = 0.3
    width: float = 1.0

    positive = ("alpha", "width")

    def derivative(self, x: Any) -> Any:
        """Return max(alpha * width - alpha * |x|, 0)."""
        return math.maximum(self.alpha * self.width - self.alpha * math.abs(x), 0.0)

    def smooth(self, x: Any) -> Any:
        """Return the integral of the triangle from minus infinity."""
        inside = math.clip(x, -self.width, self.width)
        return self.alpha * (self.width * (inside + self.width) - 0.5 * (inside * math.abs(inside) + self.width**2))
