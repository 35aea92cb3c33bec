"""SoftSign: derivative of the soft sign, with tails that fall as the square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["SoftSign"]


@dataclass(frozen=True)
class SoftSign(Surrogate):
    r"""Derivative of the soft sign, with tails that fall as the square.

    .. math:: \frac{ds}{dx} = \frac{\alpha}{2\,(1 + \alpha |x|)^2}

    Parameters
    ----------
    alpha : float
        Steepness, 1 by default.

    References
    ----------
    Zenke and Ganguli (2018), SuperSpike: supervised learning in multilayer spiking neural networks, Neural
    Computation 30:1514.
    """

    alpha: float = 1.0

    positive = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return alpha / 2 / (1 + alpha * |x|)**2."""
        return 0.5 * self.alpha / math.square(1.0 + self.alpha * math.abs(x))

    def smooth(self, x: Any) -> Any:
        """Return the soft sign, scaled to go from 0 to 1."""
        y = self.alpha * x
        return 0.5 * (y / (1.0 + math.abs(y)) + 1.0)
