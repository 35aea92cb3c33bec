"""ERF: gaussian of unit area, the derivative of the error function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["ERF"]


@dataclass(frozen=True)
class ERF(Surrogate):
    r"""Gaussian of unit area, the derivative of the error function.

    .. math:: \frac{ds}{dx} = \frac{\alpha}{\sqrt{\pi}}\, e^{-\alpha^2 x^2}

    Parameters
    ----------
    alpha : float
        Steepness, 1 by default.

    References
    ----------
    Esser et al. (2015), Backpropagation for energy-efficient neuromorphic computing, NeurIPS; Yin, Corradi and
    Bohte (2020), Effective and efficient computation with multiple-timescale spiking recurrent neural networks,
    ICONS.
    """

    alpha: float = 1.0

    positive = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return alpha / sqrt(pi) * exp(-(alpha * x)**2)."""
        return self.alpha / math.pi**0.5 * math.exp(-math.square(self.alpha * x))
