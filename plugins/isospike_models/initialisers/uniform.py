"""Uniform: values drawn evenly from an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import math, units
from isospike.errors import ParameterError
from isospike.initializer import Initializer, show
from isospike.random.host import HostRandom

__all__ = ["Uniform"]


@dataclass(frozen=True, repr=False)
class Uniform(Initializer):
    r"""Values drawn evenly from ``low`` to ``high``.

    .. math:: x_i = low + (high - low)\,u_i, \qquad u_i \sim \mathcal{U}[0, 1)

    Parameters
    ----------
    low, high : number or Quantity
        Ends of the interval, of one dimension; ``low`` is included, ``high`` is not.

    Raises
    ------
    UnitError
        The ends differ in dimension.
    ParameterError
        ``low`` lies above ``high``.
    """

    low: Any
    high: Any

    def __post_init__(self) -> None:
        """Check the ends against each other."""
        low, unit = units.split(self.low)
        if (np.asarray(units.convert(self.high, unit, what="Uniform(high=...)")) < np.asarray(low)).any():
            msg = f"{self!r} ends below where it begins: write for example Uniform(-60 * u.mV, -50 * u.mV)"
            raise ParameterError(msg)

    def __call__(self, shape: tuple[int, ...], rng: HostRandom) -> Any:
        """Return draws of ``shape``, the same for one seed and stream on every backend."""
        width = math.subtract(self.high, self.low)
        mantissa, unit = units.split(width)
        return math.add(math.multiply(1.0, self.low), units.quantity(rng.uniform(shape) * mantissa, unit))

    def __repr__(self) -> str:
        """Return ``Uniform(low=-60. mV, high=-50. mV)``."""
        return f"Uniform(low={show(self.low)}, high={show(self.high)})"
