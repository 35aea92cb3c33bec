"""Several ways of running one case, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from isospike.errors import ParameterError
from isospike_conformance.case import Case
from isospike_conformance.compare import DivergenceReport, Record, Train, compare_bits, find_divergence
from isospike_conformance.comparison.growth import Growth
from isospike_conformance.replay import replay
from isospike_conformance.running import Running, Saved
from isospike_conformance.way import Way

__all__ = ["WINDOW", "Lane", "SideBySide"]

WINDOW = 256  # steps that are recorded together
_WINDOW_BYTES = 64 * 2**20


@dataclass(eq=False)
class Lane:
    """One way of running, and what is kept of it: its spikes, and how it differs from the reference.

    Attributes
    ----------
    running : Running
        The case on that way.
    growth : Growth
        Distance from the reference.
    report : DivergenceReport or None
        Where it parts from the reference; None for the reference.
    """

    running: Running
    growth: Growth
    report: DivergenceReport | None = None
    parts: dict[str, list[Train]] = field(default_factory=dict)

    @property
    def way(self) -> Way:
        """Where it runs."""
        return self.running.way

    @property
    def trains(self) -> dict[str, Train]:
        """All spikes by population."""
        return {
            n: (np.concatenate([p[0] for p in x]), np.concatenate([p[1] for p in x])) for n, x in self.parts.items()
        }

    def run(self, n_steps: int) -> Record:
        """Advance and keep the spikes."""
        record = self.running.run(n_steps)
        for name, train in record.spikes.items():
            self.parts.setdefault(name, []).append(train)
        return record


class SideBySide:
    """A case on several ways, advanced together, so that only a window of steps is ever held.

    Parameters
    ----------
    case : Case
        What to run.
    ways : sequence of Way
        The reference and at least one more.
    n_steps : int
        How long.
    precision, numerics : str
        Of all of them.

    Raises
    ------
    ParameterError
        The networks are not one and the same before the first step, or differ in the kind of their States: to
        compare unlike schemes has no meaning.
    """

    def __init__(self, case: Case, ways: Sequence[Way], n_steps: int, precision: str, numerics: str) -> None:
        self.n_steps = n_steps
        runs = [Running(case, way, precision, numerics) for way in ways]
        self.reference, *self.candidates = (Lane(run, Growth(n_steps)) for run in runs)
        saved = runs[0].save()
        for run in runs[1:]:
            _require_alike(case.name, saved, run.save())

    def run(self, report: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Run all steps; find where each candidate parts from the reference, and replay that step.

        Parameters
        ----------
        report : callable
            Called with the number of finished steps and of all steps.
        """
        step_bytes = sum(x.nbytes for s in self.reference.running.states.values() for x in map(np.asarray, s.leaves))
        most = max(1, min(WINDOW, _WINDOW_BYTES // max(1, step_bytes)))
        size = math.ceil(self.n_steps / math.ceil(self.n_steps / most))  # equal windows share one compiled loop
        for start in range(0, self.n_steps, size):
            n = min(size, self.n_steps - start)
            self._window(n)
            report(start + n, self.n_steps)
        for lane in self.candidates:
            lane.report = self._whole(lane)

    def _window(self, n: int) -> None:
        is_open = any(lane.report is None or lane.report.passed for lane in self.candidates)
        before = self.reference.running.save() if is_open else {}
        expected = self.reference.run(n)
        for lane in self.candidates:
            record = lane.run(n)
            if lane.report is None or lane.report.passed:
                lane.report = find_divergence(expected, record)
                if lane.report.unlike:
                    raise _unlike(lane.report.unlike)
                if not lane.report.passed:
                    lane.report = self._replayed(lane, before, lane.report, n)
            if not lane.report.passed:
                lane.growth.add(expected, record)

    def _replayed(self, lane: Lane, before: Saved, report: DivergenceReport, window: int) -> DivergenceReport:
        """Return the report with what a replay of the divergent step tells; the reference goes on as if nothing was."""
        running = self.reference.running
        assert report.first_divergent_step is not None, "a report without a difference has passed"
        after, done = running.save(), int(before["clock#0"])
        running.load(before)
        if report.first_divergent_step > done:
            running.run(report.first_divergent_step - done)
        found = replay(running, lane.way, running.save(), report, window)
        running.load(after)
        return replace(report, replay_reproduces=found.reproduces, node=found.node, remark=found.remark)

    def _whole(self, lane: Lane) -> DivergenceReport:
        """Return the report over all steps: the spikes of the whole run with the States of the divergent one."""
        sides = [Record(str(x.way), self.n_steps, {}, x.trains) for x in (self.reference, lane)]
        spikes, running = find_divergence(*sides), self.reference.running
        assert lane.report is not None, "a run has at least one step"
        return replace(
            lane.report,
            case=running.case.name,
            steps_run=self.n_steps,
            spikes_compared=spikes.spikes_compared,
            first_spike_mismatch=spikes.first_spike_mismatch,
            env={k: running.settings[k] for k in ("precision", "numerics", "seed")} | {"dt_ms": running.case.dt_ms},
        )


def _require_alike(name: str, reference: Saved, candidate: Saved) -> None:
    unlike = [f"{path}: only on one side" for path in sorted({*reference} ^ {*candidate})]
    unlike += [
        f"{path}: {verdict}"
        for path in reference
        if path in candidate and not (verdict := compare_bits(reference[path], candidate[path]))
    ]
    if unlike:
        raise ParameterError(
            f"{name} is not the same network on all backends before the first step ({'; '.join(unlike[:3])}), so there "
            "is nothing to compare: build() must not depend on the backend, and draw from iso.random only."
        )


def _unlike(reasons: Sequence[str]) -> ParameterError:
    return ParameterError(
        f"the runs are not of one scheme and cannot be compared ({'; '.join(reasons[:3])}): build() must not depend on "
        "the backend."
    )
