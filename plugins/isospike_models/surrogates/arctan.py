"""Arctan: derivative of the inverse tangent, a Lorentzian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["Arctan"]


@dataclass(frozen=True)
class Arctan(Surrogate):
    r"""Derivative of the inverse tangent, a Lorentzian.

    .. math:: \frac{ds}{dx} = \frac{\alpha}{2\,(1 + (\pi \alpha x / 2)^2)}

    Parameters
    ----------
    alpha : float
        Steepness, 1 by default.

    References
    ----------
    Fang et al. (2021), Incorporating learnable membrane time constant to enhance learning of spiking neural
    networks, ICCV.
    """

    alpha: float = 1.0

    positive = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return alpha / 2 / (1 + (pi * alpha * x / 2)**2)."""
        return 0.5 * self.alpha / (1.0 + math.square(0.5 * math.pi * self.alpha * x))

    def smooth(self, x: Any) -> Any:
        """Return the inverse tangent, scaled to go from 0 to 1."""
        return math.atan(0.5 * math.pi * self.alpha * x) / math.pi + 0.5
