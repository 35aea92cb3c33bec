"""L0e: one step in exact numerics, of every operation and of every case."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import environ
from isospike.namespace import to_host
from isospike.transform import jit
from isospike_conformance.compare import compare_bits
from isospike_conformance.levels.level import Level, Outcome
from isospike_conformance.levels.operands import GROUPS, Operation, operands
from isospike_conformance.levels.saved import compare_saved
from isospike_conformance.levels.subject import Subject
from isospike_conformance.way import REFERENCE, Way

__all__ = ["LEVEL", "SIZES"]

SIZES = (1, 15, 16, 17, 37, 4096, 10_000)  # below, at and above the width of vector units, and what fills them
_FEW = (1, 17, 10_000)  # enough of all that is made of single operations, unless `long` asks for all
_LARGEST = 1_000_001
_STARTS = (0, 10, 100)  # steps after which a case takes its single step


def judge_operations(subject: Subject, group: str) -> Outcome:
    """Compare the operations of a group with the reference, all in one program."""
    sizes = _sizes(subject, group)
    tried = [(o, n, operands(o.kinds, n, subject.precision)) for o in GROUPS[group] for n in sizes]
    expected = subject.references.once(
        ("operations", group, subject.precision, sizes), lambda: _computed(tried, REFERENCE, subject.precision)
    )
    found = _computed(tried, subject.way, subject.precision)
    verdicts = [compare_bits(_one_nan(a), _one_nan(b)) for a, b in zip(expected, found, strict=True)]
    failed = [f"{o.name} of {n}: {v}" for (o, n, _), v in zip(tried, verdicts, strict=True) if not v]
    worst = max((float(v.worst.ulp or np.inf) for v in verdicts if v.worst is not None), default=0.0)
    names = ", ".join(o.name for o in GROUPS[group])
    total = sum(v.size for v in verdicts)
    return Outcome(not failed, "; ".join(failed[:3]) or f"all {total} elements equal by bits: {names}", worst)


def judge_case(subject: Subject) -> Outcome:
    """Compare single steps, outside of any loop, from States of the reference."""
    steps = sorted({start + i for start in _STARTS for i in (0, 1)})
    saved = subject.references.saved(subject.case, subject.precision, "exact", steps)
    running = subject.running()
    for start in _STARTS:
        running.load(saved[start])
        running.step()
        outcome = compare_saved(saved[start + 1], running.save())
        if not outcome.passed:
            return Outcome(False, f"the step from step {start}: {outcome.detail}", outcome.worst)
    return Outcome(True, f"steps from steps {', '.join(map(str, _STARTS))}: all States equal by bits", 0.0)


def _sizes(subject: Subject, group: str) -> tuple[int, ...]:
    if subject.long:
        return (*SIZES, _LARGEST)
    if not subject.is_default:  # it may compile each operation of each size by itself
        return (4096,)
    return SIZES if group == "arithmetic" else _FEW


def _computed(tried: list[tuple[Operation, int, list[Any]]], way: Way, precision: str) -> list[NDArray[Any]]:
    def together(arrays: list[list[Any]]) -> list[Any]:
        return [operation(*given) for (operation, _, _), given in zip(tried, arrays, strict=True)]

    with environ.context(precision=precision, numerics="exact", **way.environment):
        return [to_host(x) for x in jit(together)([given for _, _, given in tried])]


def _one_nan(x: NDArray[Any]) -> NDArray[Any]:
    """Return the array with one NaN for all of them: IEEE 754 leaves its sign and payload to the processor."""
    return np.where(np.isnan(x), np.asarray(np.nan, x.dtype), x) if x.dtype.kind == "f" else x


_PARTS: dict[str, Callable[[Subject], Outcome]] = {group: partial(judge_operations, group=group) for group in GROUPS}

LEVEL = Level(
    "L0e",
    "One step in exact numerics has the bits of the reference: every operation, and every case from its States.",
    needs=("exact",),
    judge=judge_case,
    parts=_PARTS,
)
