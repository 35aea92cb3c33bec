"""The displacements between the cells of two grids that cover the same box, and the pairs of cells that have each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from isospike.connectivity.making import Int64
from isospike.random.gaussian import Floats

__all__ = ["Axis"]


@dataclass(frozen=True)
class Axis:
    """One axis of two grids: cell ``i`` of ``n`` sits at ``(i + 1/2) / n`` of the length of the box.

    With g the greatest common divisor of both sizes, the axis is g times a unit of P presynaptic and Q postsynaptic
    cells. A displacement belongs to a cell of either unit and to the difference of the numbers of their units.

    Parameters
    ----------
    n_pre, n_post : int
        Cells along the axis.
    periodic : bool
        Whether the ends meet.
    """

    n_pre: int
    n_post: int
    periodic: bool

    @property
    def units(self) -> int:
        """Number of units g."""
        return math.gcd(self.n_pre, self.n_post)

    @property
    def sizes(self) -> tuple[int, int]:
        """Cells of a unit, P and Q."""
        return self.n_pre // self.units, self.n_post // self.units

    @property
    def count(self) -> int:
        """Number of displacements."""
        return (self.units if self.periodic else 2 * self.units - 1) * math.prod(self.sizes)

    def lengths(self) -> Floats:
        """Return the size of each displacement as a fraction of the box: one quotient of whole numbers."""
        (p, q), (r, s, apart) = self.sizes, self._parts(np.arange(self.count))
        whole = 2 * self.units * p * q
        size = np.abs(2 * p * q * apart + (2 * s + 1) * p - (2 * r + 1) * q)
        if self.periodic:
            size %= whole
            size = np.minimum(size, whole - size)
        fraction: Floats = size / whole
        return fraction

    def cells(self, displacement: Int64, unit: Int64) -> tuple[Int64, Int64]:
        """Return the cells that are so apart, the presynaptic one in a given unit; -1 where there is no other."""
        (p, q), (r, s, apart) = self.sizes, self._parts(displacement)
        other = unit + apart
        other = other % self.units if self.periodic else np.where((other >= 0) & (other < self.units), other, -1)
        return unit * p + r, np.where(other >= 0, other * q + s, -1)

    def _parts(self, displacement: Int64) -> tuple[Int64, Int64, Int64]:
        """Return the cell in the presynaptic unit, in the postsynaptic unit, and how many units are between."""
        p, q = self.sizes
        within, apart = displacement % (p * q), displacement // (p * q)
        return within // q, within % q, apart if self.periodic else apart - (self.units - 1)
