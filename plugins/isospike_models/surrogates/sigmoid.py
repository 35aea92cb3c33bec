"""Sigmoid: the derivative of the logistic function as surrogate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["Sigmoid"]


@dataclass(frozen=True)
class Sigmoid(Surrogate):
    r"""Derivative of the logistic function.

    .. math::

        \frac{ds}{dx} = \alpha\,\sigma(\alpha x)\,(1 - \sigma(\alpha x)), \qquad
        \sigma(y) = \frac{1}{1 + e^{-y}}

    Parameters
    ----------
    alpha : float
        Steepness, 4 by default.

    References
    ----------
    Neftci, Mostafa and Zenke (2019), Surrogate gradient learning in spiking neural networks, IEEE Signal
    Processing Magazine 36:51.
    """

    alpha: float = 4.0

    positive = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return alpha * sigma * (1 - sigma)."""
        sigma = self.smooth(x)
        return self.alpha * sigma * (1.0 - sigma)

    def smooth(self, x: Any) -> Any:
        """Return the logistic function of alpha * x."""
        return math.sigmoid(self.alpha * x)
