"""The suite: levels times cases times ways times precisions, judged one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from isospike.errors import ParameterError
from isospike_conformance.case import LEVELS, Case
from isospike_conformance.finding import Finding
from isospike_conformance.known import Known, known_differences
from isospike_conformance.levels import BY_NAME, Level, Outcome, Subject
from isospike_conformance.references import References
from isospike_conformance.way import REFERENCE, Way

__all__ = ["SUITE_VERSION", "Suite", "default_levels", "levels_reached", "require_suite"]

SUITE_VERSION = "1.0"
"""Mandatory checks are added in minor versions only; what a version asks for is never made stricter."""

# What has to hold as well before a level counts: a run that agrees is no proof where its parts do not, or by luck.
_FOUNDATIONS = {"L1": ("R", "L0e", "C"), "P": ("R", "L0e", "C", "L1"), "L2": ("L0f",), "L1f": ("L0f",)}


@dataclass(frozen=True)
class Suite:
    """What is to be judged.

    Parameters
    ----------
    cases : mapping of str to Case
        By the source that `isospike_conformance.find.find_case` finds them by.
    ways : sequence of Way
        What is judged.
    levels : sequence of str
        See `isospike_conformance.case.LEVELS`.
    long : bool
        Whether longer runs, more numbers and every setting of level P are asked for.
    known : Known
        The known differences; those of this package and of every plugin by default.
    """

    cases: Mapping[str, Case]
    ways: Sequence[Way]
    levels: Sequence[str]
    long: bool = False
    known: Known = field(default_factory=known_differences)

    def __post_init__(self) -> None:
        unknown = sorted({*self.levels} - {*LEVELS})
        if unknown or not self.levels or not self.ways:
            given = ", ".join(unknown) or "nothing"
            raise ParameterError(
                f"Suite: level {given} does not exist; expected some of {', '.join(LEVELS)}, and at least one way: "
                "Suite(cases, ways_of('jax'), ['R', 'L0e', 'L1', 'C'])."
            )

    def run(self) -> Iterator[Finding]:
        """Yield each finding as it is made; a failure stops nothing."""
        with closing(References()) as references:
            chosen = [BY_NAME[name] for name in LEVELS if name in self.levels]
            for way in self.ways:
                yield from self._parts(chosen, way, references)
            # Case by case, so that what the reference makes of one serves all ways and is then forgotten.
            for source, case in self.cases.items():
                if case.truth is not None:
                    yield self._truth(case, references)
                for precision in ("float32", "float64"):
                    for way in self.ways:
                        for level in chosen:
                            if level.judge is not None and level.name in case.levels and precision in level.precisions:
                                subject = Subject(way, precision, references, case, source, self.long)
                                if self.long or level.quick(subject):
                                    yield self._judged(level, case.name, subject, level.judge)

    def _parts(self, levels: Sequence[Level], way: Way, references: References) -> Iterator[Finding]:
        for level in levels:
            for precision in level.precisions:
                for name, judge in level.parts.items():
                    subject = Subject(way, precision, references, long=self.long)
                    yield self._judged(level, name, subject, judge)

    def _truth(self, case: Case, references: References) -> Finding:
        def judge(subject: Subject) -> Outcome:
            assert case.truth is not None
            verdict = case.truth(references.record(case, "float64", "exact", case.steps))
            return Outcome(verdict.passed, str(verdict))

        return _found(judge, "truth", case.name, Subject(REFERENCE, "float64", references, case))

    def _judged(self, level: Level, name: str, subject: Subject, judge: Callable[[Subject], Outcome]) -> Finding:
        reason = _not_claimed(level, subject)
        if reason:
            return Finding(level.name, name, subject.way.name, subject.precision, "not claimed", reason)
        return self.known.applied(_found(judge, level.name, name, subject), subject.way)


def default_levels() -> list[str]:
    """Return the levels that are judged unless others are asked for."""
    return [name for name, level in BY_NAME.items() if level.by_default]


def require_suite(pin: str) -> None:
    """Refuse a pinned version of the suite that this one does not include.

    Raises
    ------
    ParameterError
        The major version is another one, or the minor one is not known yet.
    """
    major, minor = (int(part) for part in SUITE_VERSION.split("."))
    parts = pin.split(".")
    if len(parts) == 2 and all(p.isdecimal() for p in parts) and int(parts[0]) == major and int(parts[1]) <= minor:
        return
    raise ParameterError(
        f"suite {pin!r}: this is version {SUITE_VERSION}, which includes {major}.0 to {SUITE_VERSION}. Write --suite "
        f"{SUITE_VERSION}, or install the version of isospike that has it."
    )


def levels_reached(findings: Sequence[Finding]) -> dict[str, dict[str, list[str]]]:
    """Return the levels that each way reached in each precision.

    A level is reached where it was judged, all of it was claimed and passed, and what it stands on is reached, too: L1
    needs R, L0e and C; L2 and L1f need L0f. What belongs to the reference alone, such as truth, is not counted.
    """
    reached: dict[str, dict[str, list[str]]] = {}
    for way, precision in dict.fromkeys((f.way, f.precision) for f in findings if f.level in LEVELS):
        mine = [f for f in findings if (f.way, f.precision) == (way, precision)]
        passed = {name for name in LEVELS if (of := [f for f in mine if f.level == name]) and _all_passed(of)}
        kept = [name for name in LEVELS if name in passed and passed.issuperset(_FOUNDATIONS.get(name, ()))]
        reached.setdefault(way, {})[precision] = kept
    return reached


def _all_passed(findings: Sequence[Finding]) -> bool:
    return all(f.status == "passed" for f in findings)


def _not_claimed(level: Level, subject: Subject) -> str:
    """Return why a level is not asked of a backend, or nothing."""
    backend = subject.way.instance()
    for name in (*level.needs, *(["float64"] if subject.precision == "float64" else [])):
        claim = backend.capabilities.get(name)
        if claim is None or not claim.claimed:
            return f"{name}: {claim.reason if claim else 'not among the capabilities of the backend'}"
    if level.cpu_only and not backend.device.startswith("cpu"):
        return f"the level is about CPUs, and this is {backend.device}"
    return ""


def _found(judge: Callable[[Subject], Outcome], level: str, name: str, subject: Subject) -> Finding:
    """Judge, and make a finding of whatever comes of it."""
    start = time.perf_counter()
    finding = Finding(level, name, subject.way.name, subject.precision, "failed", "")
    try:
        outcome = judge(subject)
    except Exception as error:  # a backend may fail in any way, and the rest is to be judged all the same
        first = str(error).partition("\n")[0]
        outcome = Outcome(False, f"{type(error).__name__}: {first}")
    status = "not claimed" if outcome.passed is None else "passed" if outcome.passed else "failed"
    seconds = time.perf_counter() - start
    return replace(finding, status=status, detail=outcome.detail, worst=outcome.worst, seconds=seconds)
