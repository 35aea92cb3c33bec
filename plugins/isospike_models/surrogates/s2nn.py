"""S2NN: logistic slope below the threshold, hyperbolic above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["S2NN"]


@dataclass(frozen=True)
class S2NN(Surrogate):
    r"""Logistic slope below the threshold, hyperbolic above.

    .. math::

        \frac{ds}{dx} = \begin{cases}
        \alpha\,\sigma(\alpha x)\,(1 - \sigma(\alpha x)) & x < 0 \\ \beta / (x + 1) & x \ge 0
        \end{cases}

    Parameters
    ----------
    alpha : float
        Steepness below the threshold, 4 by default.
    beta : float
        Height above the threshold, 1 by default.

    References
    ----------
    Suetake et al. (2023), S3NN: time step reduction of spiking surrogate gradients for training energy efficient
    single-step spiking neural networks, Neural Networks 159:208.
    """

    alpha: float = 4.0
    beta: float = 1.0

    positive = ("alpha",)
    nonnegative = ("beta",)

    def derivative(self, x: Any) -> Any:
        """Return the logistic slope below zero, beta / (x + 1) from zero on."""
        sigma = math.sigmoid(self.alpha * x)
        return math.where(x < 0.0, self.alpha * sigma * (1.0 - sigma), self.beta / (math.maximum(x, 0.0) + 1.0))

    def smooth(self, x: Any) -> Any:
        """Return the logistic function below zero, 1 / 2 + beta * log(x + 1) from zero on."""
        above = 0.5 + self.beta * math.log1p(math.maximum(x, 0.0))
        return math.where(x < 0.0, math.sigmoid(self.alpha * x), above)
