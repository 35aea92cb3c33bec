"""C: a run that is cut into pieces, saved, loaded and carried to another backend is one run."""

from __future__ import annotations

from collections.abc import Iterator

from isospike_conformance.levels.level import Level, Outcome
from isospike_conformance.levels.saved import compare_saved
from isospike_conformance.levels.subject import Subject
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE

__all__ = ["LEVEL"]

_FEW = 3  # steps of a piece that is short
# Steps of a loop: as many as let it be the program that level L1 has compiled; few where an engine goes op by op.
_LOOP, _OTHER = 270, 20


def judge(subject: Subject) -> Outcome:
    """Compare all States at the end of each piece with those of one run of the reference."""
    loop = subject.horizon // 2 if subject.long else _LOOP if subject.is_default else _OTHER
    ends = [loop, loop + _FEW, 2 * loop, 2 * loop + _FEW, 2 * loop + 2 * _FEW]
    saved = subject.references.saved(subject.case, subject.precision, "exact", ends)
    titles = []
    for end, (title, running) in zip(ends, _pieces(subject, loop), strict=True):
        outcome = compare_saved(saved[end], running.save())
        if not outcome.passed:
            return Outcome(False, f"up to step {end}, {title}: {outcome.detail}", outcome.worst)
        titles.append(title)
    return Outcome(True, f"{ends[-1]} steps, all States equal by bits: {', '.join(titles)}", 0.0)


def _pieces(subject: Subject, loop: int) -> Iterator[tuple[str, Running]]:
    """Yield what was done and the run, after each piece."""
    running = subject.running()
    running.run(loop)
    yield "a loop", running
    running = _carried(running, subject.running())
    for _ in range(_FEW):
        running.step()
    yield "saved, loaded and called step by step", running
    if subject.long:  # another program, of loops that are short
        for _ in range(_FEW):
            running.run(_FEW)
    running.run(2 * loop - running.done)
    yield "loops of other lengths", running
    there = _carried(running, Running(subject.case, REFERENCE, subject.precision))
    there.run(_FEW)
    yield f"carried to {REFERENCE.name}", there
    back = _carried(there, subject.running())
    for _ in range(_FEW):
        back.step()
    yield "and back", back


def _carried(running: Running, fresh: Running) -> Running:
    """Load the States of a run into a new module."""
    fresh.load(running.save())
    return fresh


LEVEL = Level(
    "C",
    "A run goes on from saved States, in pieces of any length and on another backend, with the bits of one run.",
    needs=("exact",),
    judge=judge,
)
