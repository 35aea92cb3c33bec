"""QPseudoSpike: tails of a power that can be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.errors import ParameterError
from isospike.surrogate import Surrogate

__all__ = ["QPseudoSpike"]


@dataclass(frozen=True)
class QPseudoSpike(Surrogate):
    r"""Tails of a power that can be chosen.

    .. math:: \frac{ds}{dx} = \Big(1 + \frac{2 |x|}{\alpha - 1}\Big)^{-\alpha}

    BrainTools divides by alpha + 1, which is not the slope of the smooth function that it documents.

    Parameters
    ----------
    alpha : float
        Power of the tails, above 1; 2 by default.

    Raises
    ------
    ParameterError
        ``alpha`` is not above 1.

    References
    ----------
    Herranz-Celotti and Rouat (2022), Surrogate gradients design, arXiv:2202.00282.
    """

    alpha: float = 2.0

    positive = ("alpha",)

    def __post_init__(self) -> None:
        """Refuse a power without finite area."""
        super().__post_init__()
        if not self.alpha > 1.0:
            raise ParameterError(f"QPseudoSpike(alpha={self.alpha!r}), expected a number above 1: write alpha=2.0")

    def derivative(self, x: Any) -> Any:
        """Return (1 + 2 * |x| / (alpha - 1))**-alpha."""
        return math.pow(self._base(x), -self.alpha)

    def smooth(self, x: Any) -> Any:
        """Return the integral from minus infinity, from 0 to 1."""
        tail = 0.5 * math.pow(self._base(x), 1.0 - self.alpha)
        return math.where(x < 0.0, tail, 1.0 - tail)

    def _base(self, x: Any) -> Any:
        return 1.0 + math.abs(x) * (2.0 / (self.alpha - 1.0))
