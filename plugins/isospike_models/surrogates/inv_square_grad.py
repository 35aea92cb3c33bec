"""InvSquareGrad: peak of height 1 with tails that fall as the square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["InvSquareGrad"]


@dataclass(frozen=True)
class InvSquareGrad(Surrogate):
    r"""Peak of height 1 with tails that fall as the square.

    .. math:: \frac{ds}{dx} = \frac{1}{(\alpha |x| + 1)^2}

    Parameters
    ----------
    alpha : float
        Inverse of the half-width of the peak, 100 by default.

    References
    ----------
    Zenke and Ganguli (2018), SuperSpike: supervised learning in multilayer spiking neural networks, Neural
    Computation 30:1514.
    """

    alpha: float = 100.0

    positive = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return 1 / (alpha * |x| + 1)**2."""
        return 1.0 / math.square(self.alpha * math.abs(x) + 1.0)

    def smooth(self, x: Any) -> Any:
        """Return x / (1 + alpha * |x|)."""
        return x / (1.0 + self.alpha * math.abs(x))
