"""The step at which two runs part, again on both sides, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass

from isospike_conformance.compare.bitwise import compare_bits
from isospike_conformance.compare.nodedivergence import NodeDivergence
from isospike_conformance.compare.record import Record
from isospike_conformance.compare.report import DivergenceReport
from isospike_conformance.replay.culprit import find_culprit
from isospike_conformance.replay.onestep import OneStep
from isospike_conformance.running import Running, Saved
from isospike_conformance.way import Way

__all__ = ["Replay", "replay"]


@dataclass(frozen=True)
class Replay:
    """What the divergent step gave, run again from the same States.

    Attributes
    ----------
    reproduces : bool
        Whether that one step, run by itself, shows the difference.
    node : NodeDivergence or None
        The first node that differs; None where no part of the step shows it.
    remark : str
        One sentence where the first two do not say it all.
    """

    reproduces: bool
    node: NodeDivergence | None
    remark: str = ""


def replay(running: Running, candidate: Way, saved: Saved, report: DivergenceReport, window: int) -> Replay:
    """Run the divergent step of a report again and find the node that differs first.

    Parameters
    ----------
    running : Running
        The case; it is left with its own way, in States after the replay.
    candidate : Way
        What differs from the way of ``running``.
    saved : dict of str to array
        The States before the divergent step, on both sides.
    report : DivergenceReport
        Where the runs part.
    window : int
        Steps of the loop in which the difference was seen.
    """
    reproduces = not _again(running, candidate, saved, 1)
    running.load(saved)
    step = OneStep.of(running)
    states = [s for s in report.states if s.state in step.left]
    node = None
    if states:
        first = states[0].bits.first
        sides = running.way.instance(), candidate.instance()
        node = find_culprit(step, sides, states[0].state, None if first is None else first.index)
    if reproduces:
        remark = "" if node is not None else "the whole step shows the difference, and no part of it does"
    elif node is not None:
        remark = "the step alone is equal; the node differs where the step is compiled as its loop is"
    elif _again(running, candidate, saved, window):
        remark = "neither the step nor its loop shows the difference again: the candidate may not repeat itself"
    else:
        remark = f"the whole loop alone shows it: one step from the same States is equal, a loop of {window} is not"
    return Replay(reproduces, node, remark)


def _again(running: Running, candidate: Way, saved: Saved, n_steps: int) -> bool:
    """Say whether both sides agree on the first of some steps from the same States."""
    own, records = running.way, list[Record]()
    for way in (own, candidate):
        running.way = way
        running.load(saved)
        records.append(running.run(n_steps))
    running.way = own
    first = [{name: t.values[:1] for name, t in record.states.items()} for record in records]
    return all(compare_bits(first[0][name], first[1][name]).passed for name in first[0])
