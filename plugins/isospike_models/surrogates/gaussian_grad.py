"""GaussianGrad: gaussian of a width and an area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["GaussianGrad"]


@dataclass(frozen=True)
class GaussianGrad(Surrogate):
    r"""Gaussian of a width and an area.

    .. math:: \frac{ds}{dx} = \frac{\alpha}{\sqrt{2 \pi}\,\sigma}\, e^{-x^2 / 2 \sigma^2}

    Parameters
    ----------
    sigma : float
        Standard deviation, 0.5 by default.
    alpha : float
        Area, 0.5 by default.

    References
    ----------
    Yin, Corradi and Bohte (2021), Accurate and efficient time-domain classification with adaptive spiking recurrent
    neural networks, Nature Machine Intelligence 3:905.
    """

    sigma: float = 0.5
    alpha: float = 0.5

    positive = ("sigma", "alpha")

    def derivative(self, x: Any) -> Any:
        """Return alpha times the density of a normal distribution."""
        height = self.alpha / ((2.0 * math.pi) ** 0.5 * self.sigma)
        return height * math.exp(-0.5 * math.square(x / self.sigma))
