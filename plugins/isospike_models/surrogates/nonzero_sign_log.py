"""NonzeroSignLog: derivative of a logarithm on either side, with tails that never vanish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["NonzeroSignLog"]


@dataclass(frozen=True)
class NonzeroSignLog(Surrogate):
    r"""Derivative of a logarithm on either side, with tails that never vanish.

    .. math:: \frac{ds}{dx} = \frac{\alpha}{1 + \alpha |x|}

    Parameters
    ----------
    alpha : float
        Height at the threshold, 1 by default.

    References
    ----------
    Fang et al. (2023), SpikingJelly: an open-source machine learning infrastructure platform for spike-based
    intelligence, Science Advances 9:eadi1480, where it has this name.
    """

    alpha: float = 1.0

    positive = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return alpha / (1 + alpha * |x|)."""
        return self.alpha / (1.0 + self.alpha * math.abs(x))

    def smooth(self, x: Any) -> Any:
        """Return sign(x) * log(1 + alpha * |x|)."""
        return math.sign(x) * math.log1p(self.alpha * math.abs(x))
