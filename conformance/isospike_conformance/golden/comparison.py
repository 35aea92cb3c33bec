"""A run against golden chains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isospike.errors import ParameterError
from isospike.results.trace import Trace
from isospike.units import parse_unit
from isospike_conformance.compare import Record, Verdict, chain
from isospike_conformance.golden.file import Golden, GoldenRun, GoldenState
from isospike_conformance.golden.links import running_links

__all__ = ["GoldenVerdict", "compare_golden"]


@dataclass(frozen=True)
class GoldenVerdict(Verdict):
    """Whether a run has the bits that it has to have.

    Attributes
    ----------
    unlike : tuple of str
        States that only one side has, or of other dtype, shape or unit, and other numbers of spikes.
    steps : int
        Steps that the compared links stand for.
    links : int
        Links that were compared.
    first : int or None
        First step of the stretch at whose end a link differs; the steps before it are equal.
    last : int or None
        Last step of that stretch.
    differing : tuple of str
        States that differ there.
    """

    unlike: tuple[str, ...]
    steps: int
    links: int
    first: int | None
    last: int | None
    differing: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all links are equal, and there is one."""
        return not self.unlike and self.first is None and self.links > 0

    def __str__(self) -> str:
        """Return one line."""
        parts = list(self.unlike)
        if self.first is not None:
            parts.append(f"differs within steps {self.first} to {self.last}: {', '.join(self.differing)}")
        if not self.links:
            parts.append("nothing to compare")
        return "; ".join(parts) or f"the golden bits in all {self.steps} steps"


def compare_golden(golden: Golden, record: Record, precision: str) -> GoldenVerdict:
    """Compare a run, from its first step on, with golden chains.

    A run that is shorter than the chains is compared as far as it goes, to the last link that it reaches.

    Parameters
    ----------
    golden : Golden
        The chains of its case.
    record : Record
        The run.
    precision : {"float32", "float64"}
        That of the run.

    Raises
    ------
    ParameterError
        There are no chains in this precision, or the run does not begin with the first step.
    """
    if precision not in golden.runs:
        msg = f"compare_golden({golden.case!r}, precision={precision!r}): expected one of {', '.join(golden.runs)}"
        raise ParameterError(msg)
    run = golden.runs[precision]
    reached = min(record.steps, golden.steps) // golden.every
    differ: dict[str, int] = {}
    for path in sorted({*run.states} & {*record.states}):
        links = _links(record.states[path], reached * golden.every, golden.every)
        pairs = zip(run.states[path].links, links, strict=False)
        differ |= {path: next((i for i, (a, b) in enumerate(pairs) if a != b), reached)}
    stretch = min(differ.values(), default=reached)
    found = stretch < reached
    return GoldenVerdict(
        unlike=tuple(_unlike(run, record, whole=record.steps == golden.steps)),
        steps=reached * golden.every,
        links=reached * len(differ),
        first=stretch * golden.every if found else None,
        last=(stretch + 1) * golden.every - 1 if found else None,
        differing=tuple(path for path, at in differ.items() if found and at == stretch),
    )


def _links(trace: Trace, steps: int, every: int) -> list[str]:
    if len(trace.steps) and trace.steps[0] != 0:
        msg = f"compare_golden: the run begins with step {trace.steps[0]}, expected 0: Running(case, way).run(steps)"
        raise ParameterError(msg)
    return [f"{link:016x}" for link in running_links(chain(trace.values[:steps]), every)]


def _unlike(run: GoldenRun, record: Record, *, whole: bool) -> Iterator[str]:
    for path in sorted({*run.states} ^ {*record.states}):
        yield f"{path}: only in the {'golden chains' if path in run.states else 'run'}"
    for path in sorted({*run.states} & {*record.states}):
        expected, got = run.states[path], described(record.states[path])
        # A unit has many names, of which the file has the one that was written then: kHz * mV is mV / ms.
        same = {
            "dtype": expected.dtype == got.dtype,
            "shape": expected.shape == got.shape,
            "unit": parse_unit(expected.unit) == parse_unit(got.unit),
        }
        for field in (field for field, is_same in same.items() if not is_same):
            yield f"{path}: {field} {getattr(got, field)}, expected {getattr(expected, field)}"
    for name, count in run.spikes.items() if whole else ():
        found = len(record.spikes[name][0]) if name in record.spikes else 0
        if found != count:
            yield f"{name}: {found} spikes, expected {count}"


def described(trace: Trace, links: tuple[str, ...] = ()) -> GoldenState:
    """Return what is kept of a State."""
    return GoldenState(dtype=trace.values.dtype.name, shape=tuple(trace.values.shape[1:]), unit=trace.unit, links=links)
