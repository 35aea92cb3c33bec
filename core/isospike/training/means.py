"""Means over the batches of an epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Means", "exact", "read_exact"]


class Means:
    """Means of numbers, each batch weighted by its examples; what there is so far can be written down and taken up.

    Attributes
    ----------
    n_batches : int
        Batches so far.
    """

    def __init__(self) -> None:
        self.n_batches = self._n_examples = 0
        self._sums: dict[str, float] = {}

    def add(self, values: Mapping[str, float], n_examples: int) -> None:
        """Take in the numbers of a batch."""
        self._sums = {name: self._sums.get(name, 0.0) + x * n_examples for name, x in values.items()}
        self.n_batches += 1
        self._n_examples += n_examples

    def values(self, prefix: str = "") -> dict[str, float]:
        """Return the means by name."""
        return {prefix + name: x / self._n_examples for name, x in self._sums.items()}

    def note(self) -> dict[str, Any]:
        """Return what there is so far, for a checkpoint."""
        return {"n_batches": self.n_batches, "n_examples": self._n_examples, "sums": exact(self._sums)}

    @classmethod
    def from_note(cls, note: Mapping[str, Any]) -> Means:
        """Take up what was written down."""
        means = cls()
        means.n_batches, means._n_examples = int(note["n_batches"]), int(note["n_examples"])
        means._sums = read_exact(note["sums"])
        return means


def exact(values: Mapping[str, float]) -> dict[str, str]:
    """Return numbers as text that keeps every bit, NaN and infinities among them."""
    return {name: float(x).hex() for name, x in values.items()}


def read_exact(texts: Mapping[str, str]) -> dict[str, float]:
    """Return the numbers that `exact` wrote."""
    return {name: float.fromhex(x) for name, x in texts.items()}
