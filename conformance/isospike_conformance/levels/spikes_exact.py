"""L1: every State and spike of a run in exact numerics."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from isospike_conformance.compare import DivergenceReport, Record, find_divergence
from isospike_conformance.golden import GoldenVerdict, compare_golden, read_golden
from isospike_conformance.levels.level import Level, Outcome
from isospike_conformance.levels.subject import Subject
from isospike_conformance.references import WINDOW, windows
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE

__all__ = ["LEVEL", "outcome_of"]


def judge(subject: Subject) -> Outcome:
    """Compare all bits of all steps: with golden chains where they reach, else with the reference as it runs now."""
    steps = subject.horizon
    running = subject.running()
    if steps > WINDOW:
        return _compared(subject, _expected(subject, steps), windows(running, steps), steps)
    record = running.run(steps)
    golden = _golden(subject, record)
    if golden is not None and golden.passed and golden.steps == steps:
        count = sum(len(train[0]) for train in record.spikes.values())
        return Outcome(True, f"{', '.join(record.states)}: {golden}; {count} spikes", 0.0)
    outcome = _compared(subject, _expected(subject, steps), [record], steps)
    if golden is None or golden.passed:
        return outcome
    # Golden chains and today's reference are both named: where these part, it is the reference that has changed.
    return Outcome(False, f"golden chains: {golden}; now: {outcome.detail}", outcome.worst)


def outcome_of(report: DivergenceReport) -> Outcome:
    """Return a report of two runs as an outcome."""
    ulps = [np.inf if s.bits.worst.ulp is None else float(s.bits.worst.ulp) for s in report.states if s.bits.worst]
    return Outcome(report.passed, str(report), max(ulps, default=0.0))


def _golden(subject: Subject, record: Record) -> GoldenVerdict | None:
    golden = read_golden(subject.case)
    return None if golden is None else compare_golden(golden, record, subject.precision)


def _compared(subject: Subject, expected: Iterable[Record], found: Iterable[Record], steps: int) -> Outcome:
    spikes, name = 0, f"{subject.case.name}/{subject.precision}/exact"
    for reference, candidate in zip(expected, found, strict=True):
        report = find_divergence(reference, candidate, case=name)
        if not report.passed:
            return outcome_of(report)
        spikes += report.spikes_compared or 0
    states = ", ".join(report.compared)
    return Outcome(True, f"{states}: the bits of the reference in all {steps} steps; {spikes} spikes", 0.0)


def _expected(subject: Subject, steps: int) -> Iterable[Record]:
    """Return the windows of the reference; only a short run is kept for other ways."""
    if steps <= WINDOW:
        return [subject.references.record(subject.case, subject.precision, "exact", steps)]
    return windows(Running(subject.case, REFERENCE, subject.precision), steps)


LEVEL = Level(
    "L1",
    "Every State has the bits of the reference at every step of a run in exact numerics, and every spike its place.",
    needs=("exact",),
    judge=judge,
)
