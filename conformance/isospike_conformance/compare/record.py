"""What a run leaves for the judge: its states, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from isospike.results.trace import Trace
from isospike_conformance.compare.bits import CHUNK, bit_pattern, layout_difference
from isospike_conformance.compare.spikes import Train

__all__ = ["Record", "first_difference", "unlike_records", "unlike_traces"]


@dataclass(frozen=True, eq=False)
class Record:
    """The states and spikes of one run.

    Attributes
    ----------
    label : str
        What ran, such as ``"jax 0.10.2 cpu jit(scan)"``.
    steps : int
        Length of the run.
    states : dict of str to Trace
        Values ``(time, ...)`` with their steps and unit, by path.
    spikes : dict of str to (steps, neurons)
        Spikes of each population that was recorded.
    margins : dict of str to Trace
        ``v - theta`` of a population, ``(time, neurons)``: how far each cell was from its threshold.
    """

    label: str
    steps: int
    states: Mapping[str, Trace]
    spikes: Mapping[str, Train] = field(default_factory=dict)
    margins: Mapping[str, Trace] = field(default_factory=dict)


def unlike_records(reference: Record, candidate: Record) -> Iterator[str]:
    """Yield what cannot be compared: names of one side only, other lengths, dtypes, shapes, units and samplings."""
    if reference.steps != candidate.steps:
        yield f"{reference.steps} against {candidate.steps} steps"
    for what, ref, got in (
        ("state", {*reference.states}, {*candidate.states}),
        ("spikes of", {*reference.spikes}, {*candidate.spikes}),
    ):
        yield from (
            f"{what} {name}: only in the {'reference' if name in ref else 'candidate'}" for name in sorted(ref ^ got)
        )
    for what, refs, gots in (
        ("state", reference.states, candidate.states),
        ("margins of", reference.margins, candidate.margins),
    ):
        for name in sorted({*refs} & {*gots}):
            unlike = unlike_traces(refs[name], gots[name])
            if unlike:
                yield f"{what} {name}: {unlike}"


def unlike_traces(reference: Trace, candidate: Trace) -> str:
    """Return how dtype, shape, unit or sampling of two traces differ, or an empty string."""
    unlike = layout_difference(reference.values, candidate.values)
    if not unlike and reference.unit != candidate.unit:
        unlike = f"unit {reference.unit} against {candidate.unit}"
    if not unlike and not np.array_equal(reference.steps, candidate.steps):
        unlike = "sampled at other steps"
    return unlike


def first_difference(reference: Trace, candidate: Trace, *, chunk: int = CHUNK) -> int | None:
    """Return the position of the first sample whose bits differ, or None; the traces are alike."""
    values = reference.values, candidate.values
    rows = max(1, chunk // max(1, values[0][:1].size))
    for start in range(0, len(values[0]), rows):
        ref, got = (bit_pattern(side[start : start + rows]) for side in values)
        differ = np.any(ref != got, axis=tuple(range(1, ref.ndim)))
        if differ.any():
            return start + int(np.argmax(differ))
    return None
