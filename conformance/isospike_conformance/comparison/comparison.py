"""A network file on several ways of running."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Sequence
from typing import Any

from isospike import environ
from isospike.cli.versions import versions
from isospike.config import Plan
from isospike.dynamics import duration_steps
from isospike.errors import ParameterError
from isospike.progress import reporter
from isospike.results.manifest import plain_json
from isospike.simulation import spiking_populations
from isospike_conformance.compare import Activity
from isospike_conformance.comparison.candidate import Candidate
from isospike_conformance.comparison.ensemble import Ensemble
from isospike_conformance.comparison.network import file_case
from isospike_conformance.comparison.sidebyside import SideBySide
from isospike_conformance.cpu import cpu_model
from isospike_conformance.way import Way

__all__ = ["Comparison"]


class Comparison:
    """A network on a reference and other ways: `run` compares the bits, `sample` the statistics.

    Parameters
    ----------
    plan : Plan
        The network and how long it is run.
    ways : sequence of Way
        The reference, and at least one more.
    seeds : int
        Seeds of each side for level L2; 0 leaves it out.
    seconds : float, s
        Length of each of them after the warm-up.
    """

    def __init__(self, plan: Plan, ways: Sequence[Way], seeds: int = 8, seconds: float = 10.0) -> None:
        self.plan, self.ways, self.case = plan, ways, file_case(plan)
        given = plan.environment()
        with environ.context(dt=given["dt"]):
            self.n_steps = int(duration_steps(plan.duration(), "compare(duration=...)"))
        self.settings = {k: given.get(k, environ.get(k)) for k in ("precision", "numerics")}
        self.ensemble = Ensemble(self.case, self.settings, seeds, seconds)
        self.candidates: list[Candidate] = []

    @property
    def is_exact(self) -> bool:
        """Whether the bits are promised to be the same."""
        return bool(self.settings["numerics"] == "exact")

    def run(self, *, progress: bool = False) -> None:
        """Run all ways side by side; see `SideBySide`."""
        together = SideBySide(self.case, self.ways, self.n_steps, **self.settings)
        with reporter(progress, self.n_steps, "compare") as report:
            together.run(report)
        self.reference = together.reference
        trains = together.reference.trains
        self.candidates = [Candidate(lane, trains) for lane in together.candidates]

    def sample(self, *, progress: bool = False, note: Callable[[str], None] = lambda text: None) -> None:
        """Judge every candidate at level L2, where that says anything: exact numerics promises more.

        Parameters
        ----------
        progress : bool
            Show a bar for each run.
        note : callable
            Called with a line after each run.
        """
        if self.is_exact or not self.ensemble.seeds or not self.reference.trains:
            reason = "the network has no population that spikes" if self.ensemble.seeds else "no seeds were asked for"
            for candidate in self.candidates:
                candidate.not_judged = "the bits are judged" if self.is_exact else reason
            return
        reference = self._seeds(self.ways[0], progress, note)
        for candidate in self.candidates:
            seeds = self._seeds(candidate.lane.way, progress, note)
            try:
                candidate.statistics = self.ensemble.judge(reference, seeds)
            except ParameterError as error:  # too many seeds died, which is known only now
                candidate.not_judged = str(error)

    def holds(self, candidate: Candidate) -> bool:
        """Say whether a candidate does what its numerics promises."""
        if self.is_exact:
            return candidate.report.passed
        if candidate.statistics is not None:
            return candidate.statistics.passed
        return not (self.ensemble.seeds and self.reference.trains)

    @property
    def passed(self) -> bool:
        """Whether all candidates do."""
        return all(self.holds(candidate) for candidate in self.candidates)

    @property
    def manifest(self) -> dict[str, Any]:
        """What is needed to see it again."""
        file = self.plan.path
        return {
            "file": file.name,
            "file_hash": f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}",
            "duration_ms": self.n_steps * self.case.dt_ms,
            "dt_ms": self.case.dt_ms,
            "steps": self.n_steps,
            **self.settings,
            "seed": self.case.seed,
            "ways": [str(way) for way in self.ways],
            "seeds": self.ensemble.seeds,
            "seed_seconds": self.ensemble.seconds,
            "versions": self.versions,
            "cpu": cpu_model(),
            "platform": platform.platform(),
        }

    @property
    def sizes(self) -> dict[str, int]:
        """Cells of each population that spikes."""
        populations = spiking_populations(self.reference.running.module)
        return {name: populations[name].size for name in self.reference.trains}

    @property
    def versions(self) -> dict[str, str]:
        """Versions of Python and of every library that decides a result."""
        backends = [way.instance().versions() for way in self.ways]
        return {"python": platform.python_version(), **versions(), **{k: v for b in backends for k, v in b.items()}}

    def as_json(self) -> dict[str, Any]:
        """Return everything in the schema ``isospike.comparison/1``."""
        plain: dict[str, Any] = plain_json(
            {
                "schema": "isospike.comparison/1",
                "passed": self.passed,
                **self.manifest,
                "is_level_l2": self.ensemble.is_level,
                "candidates": [c.as_json() | {"holds": self.holds(c)} for c in self.candidates],
            },
            "comparison",
        )
        return plain

    def _seeds(self, way: Way, progress: bool, note: Callable[[str], None]) -> list[dict[str, Activity]]:
        runs: list[dict[str, Activity]] = []
        for seed in self.ensemble.run(way, is_reference=way == self.ways[0], progress=progress):
            runs.append(seed)
            note(f"{way.name}: {len(runs)} of {self.ensemble.seeds} seeds")
        return runs
