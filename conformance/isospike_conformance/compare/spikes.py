"""Spike times of two runs, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError
from isospike_conformance.compare.matching import SpikeKeys, shared_keys, shifts, surplus
from isospike_conformance.compare.spikemismatch import SpikeMismatch
from isospike_conformance.compare.verdict import Verdict

__all__ = ["Train", "TrainVerdict", "compare_trains"]

Train: TypeAlias = tuple[NDArray[Any], NDArray[Any]]
"""Step and neuron of each spike, two integer vectors of one length in any order."""


@dataclass(frozen=True)
class TrainVerdict(Verdict):
    """How the spikes of two runs pair up; passed only where all are identical.

    Attributes
    ----------
    n_reference, n_candidate : int
        Spikes of each side: identical + shifted + missing, and identical + shifted + extra.
    identical : int
        Spikes of the same cell in the same step.
    shifted : int
        Pairs of the same cell, 1 to ``max_shift`` steps apart; each spike is in one pair at most.
    max_shift : int
        Largest shift allowed.
    mean_shift, largest_shift : float, int
        Mean of candidate minus reference and largest distance over the shifted pairs, in steps; 0 without.
    missing, extra : int
        Spikes of the reference, and of the candidate, without a partner.
    coincidence : float
        Spikes with a partner out of all spikes of both sides; 1 where nobody spikes.
    first : SpikeMismatch or None
        The first spike that is not identical.
    """

    n_reference: int
    n_candidate: int
    identical: int
    shifted: int
    max_shift: int
    mean_shift: float
    largest_shift: int
    missing: int
    extra: int
    coincidence: float
    first: SpikeMismatch | None

    @property
    def passed(self) -> bool:
        """Whether both sides have the same spikes."""
        return not (self.shifted or self.missing or self.extra)

    def __str__(self) -> str:
        """Return one line."""
        if self.passed or self.first is None:
            return f"{self.identical} spikes identical"
        text = (
            f"{self.identical} spikes identical, {self.shifted} shifted by up to {self.largest_shift} steps, "
            f"{self.missing} missing, {self.extra} extra; coincidence {self.coincidence:.3g}"
        )
        return f"{text}; first at {self.first}"


def compare_trains(reference: Train, candidate: Train, *, max_shift: int = 0) -> TrainVerdict:
    """Compare two sets of spikes.

    Identical spikes are paired first. The rest is paired within each cell, one to one, with as many pairs as
    there can be. All counts but the names of the sides are symmetric.

    Parameters
    ----------
    reference, candidate : (steps, neurons)
        Two integer vectors each, in any order. A spike that occurs twice counts twice.
    max_shift : int, steps
        How far apart two spikes may be to count as one that is shifted.

    Raises
    ------
    ParameterError
        If ``max_shift`` is negative, or indices are not integers or too large.
    ShapeError
        If steps and neurons differ in length.
    """
    if max_shift < 0:
        raise ParameterError(f"compare_trains: max_shift={max_shift}; expected a number of steps: max_shift=1.")
    keys = shared_keys(reference, candidate, max_shift)
    missing, extra = surplus(keys.reference, keys.candidate), surplus(keys.candidate, keys.reference)
    moved = shifts(missing, extra, max_shift)
    n, m, identical = len(keys.reference), len(keys.candidate), len(keys.reference) - len(missing)
    return TrainVerdict(
        n_reference=n,
        n_candidate=m,
        identical=identical,
        shifted=len(moved),
        max_shift=max_shift,
        mean_shift=sum(moved) / len(moved) if moved else 0.0,
        largest_shift=max(map(abs, moved), default=0),
        missing=len(missing) - len(moved),
        extra=len(extra) - len(moved),
        coincidence=2 * (identical + len(moved)) / (n + m) if n + m else 1.0,
        first=_first(keys, missing, extra),
    )


def _first(keys: SpikeKeys, missing: NDArray[np.int64], extra: NDArray[np.int64]) -> SpikeMismatch | None:
    found = [
        (*spike, side) for side, only in (("reference", missing), ("candidate", extra)) for spike in keys.earliest(only)
    ]
    return SpikeMismatch(*min(found)) if found else None
