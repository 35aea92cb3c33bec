"""What a comparison says about one candidate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike_conformance.compare import DivergenceReport, StatisticsVerdict, Train, compare_trains
from isospike_conformance.comparison.sidebyside import Lane

__all__ = ["Candidate"]

_END = 0.1  # of the run: where two chaotic runs have long forgotten each other


@dataclass(eq=False)
class Candidate:
    """One way beside the reference.

    Attributes
    ----------
    lane : Lane
        Its run.
    reference : dict of str to (steps, neurons)
        The spikes of the reference.
    statistics : StatisticsVerdict or None
        Level L2; None where it was not judged.
    not_judged : str
        Why not; empty where it was.
    """

    lane: Lane
    reference: dict[str, Train]
    statistics: StatisticsVerdict | None = None
    not_judged: str = ""

    @property
    def name(self) -> str:
        """Short form of its way."""
        return self.lane.way.name

    @property
    def report(self) -> DivergenceReport:
        """Where it parts from the reference."""
        assert self.lane.report is not None, "the runs are over"
        return self.lane.report

    @property
    def coincidence(self) -> float | None:
        """Spikes of a cell in a step on both sides, out of all spikes of the last tenth; None where there are none."""
        start = self.lane.growth.steps * (1 - _END)
        verdicts = [
            compare_trains(*(_after(side[name], start) for side in (self.reference, self.lane.trains)))
            for name in self.reference
        ]
        spikes = sum(v.n_reference + v.n_candidate for v in verdicts)
        return 2 * sum(v.identical for v in verdicts) / spikes if spikes else None

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain data, but the spikes."""
        return {
            "way": self.name,
            "identical": self.report.passed,
            "divergence": self.report.as_json(),
            "coincidence_at_the_end": self.coincidence,
            "growth": self.lane.growth.as_json(),
            "statistics": self.statistics and self.statistics.as_json(),
            "statistics_not_judged": self.not_judged,
        }


def _after(train: Train, start: float) -> Train:
    kept = np.asarray(train[0]) >= start
    return train[0][kept], train[1][kept]
