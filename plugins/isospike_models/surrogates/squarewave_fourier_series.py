"""SquarewaveFourierSeries: the first terms of the Fourier series of a square wave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.errors import ParameterError
from isospike.surrogate import Surrogate

__all__ = ["SquarewaveFourierSeries"]


@dataclass(frozen=True)
class SquarewaveFourierSeries(Surrogate):
    r"""First terms of the Fourier series of a square wave, a step where \|x\| is below half a period.

    .. math::

        \frac{ds}{dx} = \frac{4}{T} \sum_{i=1}^{n} \cos\frac{2 \pi (2 i - 1)\, x}{T}

    More terms make it steeper, and let it oscillate more. It is periodic: beyond a quarter of T it is negative.

    Parameters
    ----------
    n : int
        Number of terms, 2 by default.
    T : float
        Period, 8 by default.

    Raises
    ------
    ParameterError
        ``n`` is no positive integer, or ``T`` is not positive.

    Notes
    -----
    BrainTools and SpikingJelly, which have this formula, stop at term n - 1: their n = 2 is n = 1 here.

    References
    ----------
    Fang et al. (2023), SpikingJelly: an open-source machine learning infrastructure platform for spike-based
    intelligence, Science Advances 9:eadi1480.
    """

    n: int = 2
    T: float = 8.0

    positive = ("n", "T")

    def __post_init__(self) -> None:
        """Refuse a part of a term."""
        super().__post_init__()
        if not isinstance(self.n, int):
            msg = f"{self!r}, expected a whole number of terms: write SquarewaveFourierSeries(n=2)"
            raise ParameterError(msg)

    def derivative(self, x: Any) -> Any:
        """Return the sum of the cosines."""
        total = math.cos(self._rate(1) * x)
        for i in range(2, self.n + 1):
            total = total + math.cos(self._rate(i) * x)
        return 4.0 / self.T * total

    def smooth(self, x: Any) -> Any:
        """Return 1 / 2 and the sum of the sines."""
        total = math.sin(self._rate(1) * x)
        for i in range(2, self.n + 1):
            total = total + math.sin(self._rate(i) * x) / (2.0 * i - 1.0)
        return 0.5 + 2.0 / math.pi * total

    def _rate(self, i: int) -> float:
        return float(2.0 * math.pi * (2 * i - 1) / self.T)
