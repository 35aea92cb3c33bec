"""L0f: one step in fast numerics, and a hundred of which each starts from the States of the reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import tree, units
from isospike.graph.aval import is_floating
from isospike.namespace import to_host
from isospike.state import State
from isospike.transform import for_loop
from isospike_conformance.compare import ClosenessVerdict, compare_closeness, tolerance
from isospike_conformance.levels.level import Level, Outcome
from isospike_conformance.levels.subject import Subject
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE

__all__ = ["LEVEL", "STEPS"]

STEPS = 100
_GATE_SCALE = 1e-2  # of a State without a unit that stays below 1; others count in their own, such as 1 mV

Stacks = dict[str, list[NDArray[Any]]]
"""The leaves of States by path, before each step and after the last: ``(steps + 1, ...)``."""


def judge(subject: Subject) -> Outcome:
    """Compare single steps in ulp of the scale of each State."""
    # NumPy in fast numerics, too: exact ones round weights to a grid, which is more than this level allows.
    expected = subject.references.once(
        ("stacks", subject.case, subject.precision),
        lambda: stacks(Running(subject.case, REFERENCE, subject.precision, "fast"), STEPS),
    )
    running = subject.running("fast")
    leaf_units = {path: s.spec.units for path, s in running.states.items()}
    found = forced(running, expected)
    limit = tolerance("L0f", f"scale_ulp.{subject.case.rounding}", subject.precision).number
    verdicts = {
        path: compare_closeness(leaf[1:], got, limit, scale=_scale(leaf, unit))
        for path, leaves in expected.items()
        for leaf, got, unit in zip(leaves, found[path], leaf_units[path], strict=True)
        if is_floating(leaf.dtype.name)
    }
    return _outcome(verdicts)


def stacks(running: Running, steps: int) -> Stacks:
    """Return the leaves of all States before each of some steps and after the last."""
    before = {path: [np.array(to_host(x)) for x in s.leaves] for path, s in running.states.items()}
    record = running.run(steps)
    after = {path: _leaves_of(record.states, path, len(leaves)) for path, leaves in before.items()}
    return {
        path: [np.concatenate([x[None], xs]) for x, xs in zip(leaves, after[path], strict=True)]
        for path, leaves in before.items()
    }


def forced(running: Running, given: Stacks) -> Stacks:
    """Return the leaves after each step, where each step starts from the given States."""
    states = running.states

    def step(*leaves: Any) -> Any:
        left = iter(leaves)
        for state in states.values():
            state.value = _value(state, left)
        running.case.step(running.module)
        return [[units.split(x)[0] for x in tree.flatten(s.value)[0]] for s in states.values()]

    with running.environment():
        results = for_loop(step, *(x[:-1] for path in states for x in given[path]))
        return {path: [to_host(x) for x in leaves] for path, leaves in zip(states, results, strict=True)}


def _scale(leaf: NDArray[Any], unit: Any) -> float:
    is_gate = unit is None and np.abs(leaf, dtype=np.float64).max(initial=0.0) <= 1
    return _GATE_SCALE if is_gate else 1.0


def _value(state: State, leaves: Any) -> Any:
    spec = state.spec
    return tree.unflatten(spec.structure, [units.quantity(next(leaves), u) for u in spec.units])


def _leaves_of(traces: Mapping[str, Any], path: str, n: int) -> list[NDArray[Any]]:
    return [traces[path if n == 1 else f"{path}[{i}]"].values for i in range(n)]


def _outcome(verdicts: Mapping[str, ClosenessVerdict]) -> Outcome:
    if not verdicts:
        return Outcome(None, "there is no floating State to compare")
    failed = [f"{path}: {verdict}" for path, verdict in verdicts.items() if not verdict]
    worst = max(float(v.largest) for v in verdicts.values())
    limit = next(iter(verdicts.values())).limit
    detail = f"{', '.join(verdicts)}: at most {worst:.3g} scale ulp in a step, allowed {limit:g}"
    return Outcome(not failed, "; ".join(failed) or detail, worst)


LEVEL = Level(
    "L0f",
    "One step in fast numerics stays within a few roundings of the reference in every State.",
    judge=judge,
    quick=lambda subject: subject.is_default,
)
