"""Spikes as sorted integers, so that trains of all cells are compared at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError, ShapeError

__all__ = ["SpikeKeys", "shared_keys", "shifts", "surplus"]

Columns = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class SpikeKeys:
    """Two trains as sorted keys ``neuron * span + step - origin``.

    Spikes of one cell are as far apart as in steps, and spikes of two cells by more than any allowed shift.
    """

    reference: NDArray[np.int64]
    candidate: NDArray[np.int64]
    span: int
    origin: int

    def earliest(self, keys: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Return step and neuron of the earliest spike of ``keys``, or an empty list."""
        steps, neurons = keys % self.span + self.origin, keys // self.span
        order = np.lexsort((neurons, steps))[:1]
        return [(int(steps[k]), int(neurons[k])) for k in order]


def shared_keys(reference: Columns, candidate: Columns, max_shift: int) -> SpikeKeys:
    """Return both trains as keys of one kind.

    Raises
    ------
    ParameterError
        If an index is not an integer, a neuron is negative, or the keys do not fit 64 bits.
    ShapeError
        If steps and neurons differ in length.
    """
    pairs = [_checked(side, *train) for side, train in (("reference", reference), ("candidate", candidate))]
    steps, neurons = (np.concatenate(columns) for columns in zip(*pairs, strict=True))
    origin, last, cells = (int(steps.min()), int(steps.max()), int(neurons.max()) + 1) if steps.size else (0, 0, 0)
    span = last - origin + 1 + max_shift
    if span * cells >= 2**63:
        raise ParameterError(
            f"compare_trains: {cells} neurons times {span} steps exceed 64 bits; compare a part of the run: "
            "compare_trains((steps[mask], neurons[mask]), ...)."
        )
    ref, got = (np.sort(neuron * span + (step - origin)) for step, neuron in pairs)
    return SpikeKeys(ref, got, span, origin)


def surplus(keys: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sorted keys that sorted ``others`` lacks; a key that occurs twice needs two partners."""
    occurrence = np.arange(len(keys)) - np.searchsorted(keys, keys, side="left")
    partners = np.searchsorted(others, keys, side="right") - np.searchsorted(others, keys, side="left")
    return keys[occurrence >= partners]


def shifts(keys: NDArray[np.int64], others: NDArray[np.int64], most: int) -> list[int]:
    """Return other minus key for the pairs of a largest one-to-one matching within ``most``; both are sorted.

    Pairing the lowest that can be paired is optimal for points on a line.
    """
    a, b, found, i, j = keys.tolist(), others.tolist(), list[int](), 0, 0
    while i < len(a) and j < len(b):
        apart = b[j] - a[i]
        if abs(apart) <= most:
            found.append(apart)
        i += apart >= -most
        j += apart <= most
    return found


def _checked(side: str, steps: NDArray[Any], neurons: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if steps.shape != neurons.shape or steps.ndim != 1:
        raise ShapeError(
            f"compare_trains: the {side} has steps of shape {steps.shape} and neurons of shape {neurons.shape}; "
            f"expected two vectors of one length: {side}=(steps, neurons)."
        )
    if {steps.dtype.kind, neurons.dtype.kind} - {"i", "u"} or (neurons.size and neurons.min() < 0):
        raise ParameterError(
            f"compare_trains: the {side} has steps of dtype {steps.dtype} and neurons of dtype {neurons.dtype}; "
            f"expected integer steps, and neurons counted from 0: {side}=np.nonzero(spikes)."
        )
    return steps.astype(np.int64), neurons.astype(np.int64)
