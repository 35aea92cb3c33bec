"""PiecewiseQuadratic: triangle of unit area, the derivative of two parabolas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["PiecewiseQuadratic"]


@dataclass(frozen=True)
class PiecewiseQuadratic(Surrogate):
    r"""Triangle of unit area, the derivative of two parabolas.

    .. math:: \frac{ds}{dx} = \max(\alpha - \alpha^2 |x|,\; 0)

    Parameters
    ----------
    alpha : float
        Height of the triangle and inverse of its half-width, 1 by default.

    References
    ----------
    Esser et al. (2016), Convolutional networks for fast, energy-efficient neuromorphic computing, PNAS 113:11441;
    Bellec et al. (2018), Long short-term memory and learning-to-learn in networks of spiking neurons, NeurIPS.
    """

    alpha: float = 1.0

    positive = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return max(alpha - alpha**2 * |x|, 0)."""
        return math.maximum(self.alpha - self.alpha**2 * math.abs(x), 0.0)

    def smooth(self, x: Any) -> Any:
        """Return two parabolas from 0 to 1."""
        y = math.clip(self.alpha * x, -1.0, 1.0)
        return 0.5 + y - 0.5 * y * math.abs(y)
