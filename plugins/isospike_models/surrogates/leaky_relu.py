"""LeakyRelu: slope of a leaky rectifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["LeakyRelu"]


@dataclass(frozen=True)
class LeakyRelu(Surrogate):
    r"""Slope of a leaky rectifier.

    .. math:: \frac{ds}{dx} = \begin{cases} \alpha & x < 0 \\ \beta & x \ge 0 \end{cases}

    Parameters
    ----------
    alpha : float
        Slope below the threshold, 0.1 by default.
    beta : float
        Slope above the threshold, 1 by default.

    References
    ----------
    Maas, Hannun and Ng (2013), Rectifier nonlinearities improve neural network acoustic models, ICML workshop.
    """

    alpha: float = 0.1
    beta: float = 1.0

    positive = ("beta",)
    nonnegative = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return alpha below zero and beta from zero on."""
        return math.where(x < 0.0, math.zeros_like(x) + self.alpha, self.beta)

    def smooth(self, x: Any) -> Any:
        """Return the leaky rectifier."""
        return math.where(x < 0.0, self.alpha * x, self.beta * x)
