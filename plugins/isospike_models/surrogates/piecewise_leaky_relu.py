"""PiecewiseLeakyRelu: box of unit area on a floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["PiecewiseLeakyRelu"]


@dataclass(frozen=True)
class PiecewiseLeakyRelu(Surrogate):
    r"""Box of unit area on a floor.

    .. math:: \frac{ds}{dx} = \begin{cases} 1 / 2w & |x| \le w \\ c & |x| > w \end{cases}

    BrainTools has 1 / w inside, which is twice the slope of the smooth function that it documents.

    Parameters
    ----------
    c : float
        Floor, 0.01 by default.
    w : float
        Half-width of the box, 1 by default.

    References
    ----------
    Yin et al. (2017), Algorithm and hardware design of discrete-time spiking neural networks based on back
    propagation with binary activations, BioCAS; Wu et al. (2018), Spatio-temporal backpropagation for training
    high-performance spiking neural networks, Frontiers in Neuroscience 12:331.
    """

    c: float = 0.01
    w: float = 1.0

    positive = ("w",)
    nonnegative = ("c",)

    def derivative(self, x: Any) -> Any:
        """Return 1 / (2 * w) in the box and c outside."""
        return math.where(math.abs(x) <= self.w, math.zeros_like(x) + 0.5 / self.w, self.c)

    def smooth(self, x: Any) -> Any:
        """Return a ramp from 0 to 1 between two lines of slope c."""
        inside = math.clip(x, -self.w, self.w)
        return 0.5 + inside * (0.5 / self.w) + self.c * (x - inside)
