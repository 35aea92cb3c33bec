"""MultiGaussianGrad: gaussian with two negative lobes beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["MultiGaussianGrad"]


@dataclass(frozen=True)
class MultiGaussianGrad(Surrogate):
    r"""Gaussian with two negative lobes beside it.

    .. math::

        \frac{ds}{dx} = \gamma\,\big[(1 + h)\,\mathcal{N}(x;\, 0, \sigma^2) - h\,\mathcal{N}(x;\, \sigma, (s \sigma)^2)
            - h\,\mathcal{N}(x;\, -\sigma, (s \sigma)^2)\big]

    Parameters
    ----------
    h : float
        Weight of the lobes, 0.15 by default.
    s : float
        Width of the lobes in that of the middle, 6 by default.
    sigma : float
        Standard deviation of the middle, 0.5 by default.
    scale : float
        Factor gamma, 0.5 by default.

    References
    ----------
    Yin, Corradi and Bohte (2021), Accurate and efficient time-domain classification with adaptive spiking recurrent
    neural networks, Nature Machine Intelligence 3:905.
    """

    h: float = 0.15
    s: float = 6.0
    sigma: float = 0.5
    scale: float = 0.5

    positive = ("s", "sigma", "scale")
    nonnegative = ("h",)

    def derivative(self, x: Any) -> Any:
        """Return the sum of three densities."""
        middle = _density(x, 0.0, self.sigma)
        lobes = sum(_density(x, side * self.sigma, self.s * self.sigma) for side in (-1.0, 1.0))
        return self.scale * ((1.0 + self.h) * middle - self.h * lobes)


def _density(x: Any, mean: float, width: float) -> Any:
    return math.exp(-0.5 * math.square((x - mean) / width)) * (1.0 / ((2.0 * math.pi) ** 0.5 * width))
