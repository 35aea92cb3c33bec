"""How far two runs are apart as time goes on, in a bounded number of points."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from isospike_conformance.compare import Record, compare_bits

__all__ = ["POINTS", "Growth"]

POINTS = 400


@dataclass(eq=False)
class Growth:
    """The largest difference over the elements of each State, averaged over stretches of steps.

    Parameters
    ----------
    steps : int
        Length of the runs.
    points : int
        Stretches that it is divided into at most.
    """

    steps: int
    points: int = POINTS
    units: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.width = -(-self.steps // self.points)
        self._sums: dict[str, NDArray[np.float64]] = {}

    def add(self, reference: Record, candidate: Record) -> None:
        """Take in some steps of both runs."""
        for name, ref in reference.states.items():
            if name not in self._sums:
                self._sums[name] = np.zeros(-(-self.steps // self.width))
                self.units[name] = ref.unit
            got = candidate.states[name]
            if not compare_bits(ref.values, got.values):
                np.add.at(self._sums[name], ref.steps // self.width, _largest(ref.values, got.values))

    def curve(self, state: str) -> NDArray[np.float64]:
        """Return the mean of each stretch, in the unit of the State."""
        ends = np.minimum(np.arange(1, len(self._sums[state]) + 1) * self.width, self.steps)
        return self._sums[state] / np.diff(ends, prepend=0)

    @property
    def middles(self) -> NDArray[np.float64]:
        """The step in the middle of each stretch."""
        starts = np.arange(0, self.steps, self.width)
        return (starts + np.minimum(starts + self.width, self.steps) - 1) / 2

    def as_json(self) -> dict[str, object]:
        """Return step and curves as lists."""
        states = {name: {"unit": self.units[name], "mean_largest": self.curve(name)} for name in self._sums}
        return {"steps": self.middles, "states": states}


def _largest(reference: NDArray[np.generic], candidate: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return the largest difference in each step; infinite where only one side is a number."""
    ref, got = (side.reshape(len(side), -1).astype(np.float64) for side in (reference, candidate))
    with np.errstate(invalid="ignore"):
        apart = np.where(ref == got, 0.0, np.abs(ref - got))
    apart[np.isnan(ref) & np.isnan(got)] = 0.0
    return np.asarray(np.nan_to_num(apart, nan=np.inf, posinf=np.inf).max(axis=1))
