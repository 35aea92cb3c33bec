"""L1f: the spikes of a run in float64 and fast numerics."""

from __future__ import annotations

import numpy as np

from isospike import units
from isospike.module import Module
from isospike.namespace import to_host
from isospike.simulation import spiking_populations
from isospike_conformance.compare import Record, compare_trains, tolerance
from isospike_conformance.compare.spikemismatch import SpikeMismatch
from isospike_conformance.levels.level import Level, Outcome
from isospike_conformance.levels.subject import Subject

__all__ = ["LEVEL", "distance"]


def judge(subject: Subject) -> Outcome:
    """Compare spikes up to the first flip, which is excused where the cell was at its threshold but for rounding.

    After a flip the runs are two networks, so that nothing later says anything.
    """
    steps = min(subject.horizon, subject.case.steps)
    expected = subject.references.record(subject.case, "float64", "fast", steps)
    running = subject.running("fast")
    got = running.run(steps)
    if not expected.spikes:
        return Outcome(None, "there is no population whose spikes can be compared")
    flips = {name: compare_trains(train, got.spikes[name]).first for name, train in expected.spikes.items()}
    first = min(((f.step, name, f) for name, f in flips.items() if f), default=None, key=lambda flip: flip[:2])
    if first is None:
        count = sum(len(train[0]) for train in expected.spikes.values())
        return Outcome(True, f"{steps} steps: all {count} spikes identical, 0 excused", 0.0)
    _, name, flip = first
    # What is more than the roundings of all steps until then is an error, and excuses nothing.
    most = tolerance("L0f", f"scale_ulp.{subject.case.rounding}", "float64").number * (flip.step + 1)
    factor = distance(running.module, expected, got, name, flip, most)
    limit = tolerance("L1f", "excuse_factor", "float64").number
    excused = "1 excused" if factor <= limit else "not excused"
    return Outcome(
        factor <= limit,
        f"{flip} of {name}, {excused}: the potential was {factor:.3g} state errors from threshold, allowed {limit:g}",
        factor,
    )


def distance(module: Module, expected: Record, got: Record, name: str, flip: SpikeMismatch, most: float) -> float:
    """Return how far the cell was from its threshold, in errors of the potential; infinite where that is not known.

    On the side that did not spike the potential was not reset, so that it can be read after the step. The error is the
    largest difference of the potentials before, up to ``most`` ulp of the threshold.
    """
    potential, population = f"{name}.V", spiking_populations(module)[name]
    if potential not in expected.states or not hasattr(population, "V_th"):
        return float("inf")
    ref, other = expected.states[potential], got.states[potential]
    silent = other if flip.spiked_in == "reference" else ref
    unit = None if ref.unit == "1" else units.parse_unit(ref.unit)
    threshold = np.asarray(to_host(units.convert(population.V_th, unit, what="V_th")))
    threshold = np.broadcast_to(threshold, ref.values.shape[1:]).reshape(-1)[flip.neuron]
    before = abs(ref.values[: flip.step].astype(np.float64) - other.values[: flip.step])
    ulp = float(np.spacing(abs(threshold)))
    error = min(max(float(before.max(initial=0.0)), ulp), most * ulp)
    return abs(float(silent.values[flip.step].reshape(-1)[flip.neuron]) - float(threshold)) / error


LEVEL = Level(
    "L1f",
    "In float64 and fast numerics the spikes are those of the reference, but where rounding decides a crossing.",
    needs=("float64",),
    judge=judge,
    precisions=("float64",),
    quick=lambda subject: subject.is_default,
)
