"""Many seeds of one network on one way, for level L2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from isospike import environ, simulate, units
from isospike.initialise import init_all_states
from isospike_conformance.case import Case
from isospike_conformance.compare import Activity, StatisticsVerdict, activities, compare_statistics, tolerance
from isospike_conformance.way import Way

__all__ = ["WARMUP_MS", "Ensemble"]

WARMUP_MS = 500.0

Seeds = Sequence[dict[str, Activity]]


@dataclass(frozen=True)
class Ensemble:
    """How a network is sampled.

    The reference runs the seeds s, s + 1, ..., and each candidate as many that follow these. Were the candidate given
    the same seeds, both sides would share connectivity and initial values, and be closer to each other than two seeds
    are, which is what the rule measures them by: it would see less. Seeds of its own are the honest null.

    Parameters
    ----------
    case : Case
        The network; its seed is the first.
    settings : dict
        Entries of the environment, such as ``precision``.
    seeds : int
        Seeds of each side, at least two.
    seconds : float, s
        Length of each run after a warm-up of 500 ms.
    """

    case: Case
    settings: dict[str, Any]
    seeds: int
    seconds: float

    @property
    def is_level(self) -> bool:
        """Whether it is large enough for level L2."""
        enough = self.seeds >= tolerance("L2", "seeds").number, self.seconds >= tolerance("L2", "seconds").number
        return all(enough)

    def run(self, way: Way, *, is_reference: bool, progress: Any = False) -> Iterator[dict[str, Activity]]:
        """Yield the activity of one seed after the other."""
        first = self.case.seed + (0 if is_reference else self.seeds)
        for seed in range(first, first + self.seeds):
            settings = {**self.settings, "dt": units.quantity(self.case.dt_ms, units.parse_unit("ms")), "seed": seed}
            with environ.context(**settings, **way.environment):
                network = init_all_states(self.case.build())
                duration = units.quantity(1000.0 * self.seconds + WARMUP_MS, units.parse_unit("ms"))
                yield activities(simulate(network, duration, progress=progress), warmup_ms=WARMUP_MS)

    def judge(self, reference: Seeds, candidate: Seeds) -> StatisticsVerdict:
        """Judge a candidate by the rule of level L2; a small ensemble by the same rule without its minimum.

        Raises
        ------
        ParameterError
            Too few reference seeds survived.
        """
        seconds = min(self.seconds, tolerance("L2", "seconds").number)
        seeds = min(self.seeds, int(tolerance("L2", "seeds").number))
        return compare_statistics(reference, candidate, min_seeds=seeds, min_seconds=seconds)
