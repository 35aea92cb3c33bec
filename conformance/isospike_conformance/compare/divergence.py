"""Finding where two runs part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from isospike_conformance.compare.bitwise import compare_bits
from isospike_conformance.compare.record import Record, first_difference, unlike_records, unlike_traces
from isospike_conformance.compare.report import DivergenceReport
from isospike_conformance.compare.spikemismatch import SpikeMismatch
from isospike_conformance.compare.spikes import compare_trains
from isospike_conformance.compare.statedivergence import StateDivergence

__all__ = ["find_divergence"]


def find_divergence(
    reference: Record,
    candidate: Record,
    *,
    case: str = "",
    replay_reproduces: bool | None = None,
    env: Mapping[str, Any] | None = None,
) -> DivergenceReport:
    """Compare two runs bit by bit and report on the first step at which they differ.

    A state that cannot be compared, for its unit, dtype, shape or sampling, is named in ``unlike``; the others
    are compared all the same.

    Parameters
    ----------
    reference, candidate : Record
        Two runs of one case.
    case : str
        Its name, such as ``"hh/4000/f32/exact"``.
    replay_reproduces : bool, optional
        What a replay of the divergent step from the same state gave.
    env : dict, optional
        What is needed to see the difference again.
    """
    alike = [name for name, trace in reference.states.items() if _alike(trace, candidate.states.get(name))]
    found = {name: first_difference(reference.states[name], candidate.states[name]) for name in alike}
    at = {name: int(reference.states[name].steps[row]) for name, row in found.items() if row is not None}
    shared = [name for name in reference.spikes if name in candidate.spikes]
    mismatch = _first_mismatch(reference, candidate, shared)
    step = min([*at.values(), *([mismatch.step] if mismatch else [])], default=None)
    return DivergenceReport(
        case=case,
        reference=reference.label,
        candidate=candidate.label,
        steps_run=reference.steps,
        compared=tuple(alike),
        unlike=tuple(unlike_records(reference, candidate)),
        first_divergent_step=step,
        states=tuple(_state(reference, candidate, name, found[name]) for name in at if at[name] == step),
        spikes_compared=sum(len(reference.spikes[name][0]) for name in shared) if shared else None,
        first_spike_mismatch=mismatch,
        replay_reproduces=replay_reproduces,
        env=dict(env or {}),
    )


def _alike(reference: Any, candidate: Any) -> bool:
    return candidate is not None and not unlike_traces(reference, candidate)


def _state(reference: Record, candidate: Record, name: str, row: int | None) -> StateDivergence:
    ref, got = reference.states[name], candidate.states[name]
    return StateDivergence(name, ref.unit, compare_bits(ref.values[row], got.values[row]))


def _first_mismatch(reference: Record, candidate: Record, populations: list[str]) -> SpikeMismatch | None:
    """Return the earliest spike that differs in any population; of several in one step, that of the first."""
    found = []
    for name in populations:
        first = compare_trains(reference.spikes[name], candidate.spikes[name]).first
        found += [replace(first, population=name)] if first else []
    earliest = min(found, key=lambda mismatch: mismatch.step, default=None)
    if earliest is None:
        return None
    ref, got = (record.margins.get(earliest.population) for record in (reference, candidate))
    if ref is None or not _alike(ref, got):
        return earliest
    margins = [_margin(trace, earliest) for trace in (ref, got)]
    return replace(earliest, ref_margin=margins[0], got_margin=margins[1], unit=ref.unit)


def _margin(trace: Any, spike: SpikeMismatch) -> float | None:
    """Return v - theta of the cell at the step of the spike, where that step was recorded."""
    rows = (trace.steps == spike.step).nonzero()[0]
    return float(trace.values[rows[0], spike.neuron]) if rows.size else None
