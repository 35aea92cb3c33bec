"""What a judge is given: a case on a way in a precision, and what the reference makes of it."""

from __future__ import annotations

from dataclasses import dataclass

from isospike_conformance.case import Case
from isospike_conformance.references import References
from isospike_conformance.running import Running
from isospike_conformance.way import Way, default_ways

__all__ = ["Subject"]

LOOP_STEPS, OTHER_STEPS, LONG_STEPS = 1000, 200, 10_000


@dataclass(frozen=True)
class Subject:
    """A case on a way in a precision.

    Parameters
    ----------
    way : Way
        What is judged.
    precision : str
        ``"float32"`` or ``"float64"``.
    references : References
        Runs of the reference, shared by all subjects.
    given : Case, optional
        ``None`` where a part of a level is judged.
    source : str
        What `isospike_conformance.find.find_case` finds the case by in another process; empty where it cannot.
    long : bool
        Whether more steps and numbers are asked for.
    """

    way: Way
    precision: str
    references: References
    given: Case | None = None
    source: str = ""
    long: bool = False

    @property
    def case(self) -> Case:
        """The case; the judge of a part does not ask for it."""
        assert self.given is not None
        return self.given

    @property
    def horizon(self) -> int:
        """Steps of a run: fewer where an engine is slow to compile or goes op by op, as all but the default do."""
        if self.long:
            return LONG_STEPS
        return min(LOOP_STEPS if self.is_default else OTHER_STEPS, self.case.steps)

    @property
    def is_default(self) -> bool:
        """Whether the way is one that the backend takes on its device where nobody chooses."""
        engines = {way.engine for way in default_ways(self.way.backend, self.way.device)}
        return self.way.instance().engine in engines

    @property
    def exactness(self) -> str:
        """The strictest numerics that the backend claims."""
        exact = self.way.instance().capabilities.get("exact")
        return "exact" if exact is not None and exact.claimed else "fast"

    def running(self, numerics: str = "exact") -> Running:
        """Return the case at its start."""
        return Running(self.case, self.way, self.precision, numerics)
