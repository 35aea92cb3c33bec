"""Constant: the same value everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import units
from isospike.initializer import Initializer, show
from isospike.random.host import HostRandom

__all__ = ["Constant"]


@dataclass(frozen=True, repr=False)
class Constant(Initializer):
    r"""The same value everywhere.

    .. math:: x_i = c

    Parameters
    ----------
    value : number, array or Quantity
        The value, or an array that broadcasts to the population's shape.
    """

    value: Any

    def __call__(self, shape: tuple[int, ...], rng: HostRandom) -> Any:
        """Return the value broadcast to ``shape``."""
        del rng
        mantissa, unit = units.split(self.value)
        return units.quantity(np.broadcast_to(np.asarray(mantissa, dtype=np.float64), shape), unit)

    @property
    def unit(self) -> Any:
        """Unit of the value."""
        return units.split(self.value)[1]

    def __repr__(self) -> str:
        """Return ``Constant(value=0. mV)``."""
        return f"Constant(value={show(self.value)})"
