"""WeightGrid: where the weights of a connection have exact sums, in any order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from isospike import environ
from isospike.errors import NumericsError
from isospike.graph.op import op
from isospike.graph.trace import apply
from isospike.math import abs as size_of
from isospike.math import less_equal, where
from isospike.namespace import to_host
from isospike.state import State

__all__ = ["WeightGrid"]


class WeightGrid:
    r"""Multiples of :math:`2^{b - d}`, with the d binary digits of a dtype and :math:`2^b` above any sum of weights.

    With weights on the grid every partial sum is a number, so that no addition rounds. It is chosen for the weights as
    they are: a weight that outgrows it is NaN from then on, on every backend, and is reported by name when the next
    program that reads it begins.

    Parameters
    ----------
    weights : array
        The weights, in any unit.
    in_degree : int
        The most synapses of a postsynaptic cell.
    """

    def __init__(self, weights: Any, in_degree: int) -> None:
        host = to_host(weights)
        largest = float(np.abs(host).max()) if host.size else 0.0
        self._largest = math.frexp(largest)[1] if in_degree else 0
        self.bound = self._largest + in_degree.bit_length()
        self._checked: Any = None

    @classmethod
    def of(cls, largest: int, bound: int) -> WeightGrid:
        """Return the grid of given exponents."""
        grid = cls(np.zeros(0), 0)
        grid._largest, grid.bound = largest, bound
        return grid

    @property
    def exponents(self) -> tuple[int, int]:
        """Those of the largest weight and of the largest sum, which are the whole grid: what a checkpoint keeps."""
        return self._largest, self.bound

    def __eq__(self, other: object) -> bool:
        """Compare the grids: a program traced with one serves the other."""
        return isinstance(other, WeightGrid) and self.exponents == other.exponents

    def __hash__(self) -> int:
        """Hash the grid."""
        return hash(self.exponents)

    def rounded(self, weight: Any) -> Any:
        """Return weights on the grid of the working precision, and NaN for what lies beyond it."""
        digits = 24 if environ.float_dtype() == "float32" else 53
        within = where(less_equal(size_of(weight), 2.0**self._largest), weight, math.nan)
        return apply(op("grid_round"), within, exponent=self.bound - digits)

    def require(self, state: State, title: str) -> None:
        """Check the weights that a State holds, once for each time it is written.

        Raises
        ------
        NumericsError
            One of them has outgrown the grid.
        """
        weights = state.leaves[0]
        if weights is self._checked:
            return
        host = to_host(weights)
        worst = float(np.abs(host).max()) if host.size else 0.0
        if worst > 2.0**self._largest:
            msg = (
                f"{title} has a weight of size {worst:g}, but numerics='exact' sums weights of up to "
                f"{2.0**self._largest:g} on the grid chosen when they were initialised: choose another with "
                "comm.choose_grid(), in a place that depends on nothing but the run, or run with numerics='fast'"
            )
            raise NumericsError(msg)
        self._checked = weights
