"""A comparison in words, for the terminal and the report."""

from __future__ import annotations

from isospike_conformance.compare import DivergenceReport
from isospike_conformance.comparison.candidate import Candidate
from isospike_conformance.comparison.comparison import Comparison

__all__ = ["divergence_line", "node_line", "promise", "spike_line", "statistics_line", "summary", "verdict"]


def summary(comparison: Comparison) -> str:
    """Return one line on what was run."""
    m = comparison.manifest
    return (
        f"{m['file']}: {m['steps']} steps of {m['dt_ms']:g} ms, {m['precision']}, {m['numerics']} numerics, seed "
        f"{m['seed']}; reference {m['ways'][0]}"
    )


def verdict(comparison: Comparison, candidate: Candidate) -> str:
    """Return the block of one candidate."""
    rows = [("difference", divergence_line(comparison, candidate))]
    if not candidate.report.passed:
        rows += [("graph node", node_line(candidate.report))]
        rows += [("spikes", spike_line(candidate))] if comparison.reference.trains else []
    rows += [("level L2", statistics_line(comparison, candidate))]
    rows += [("verdict", promise(comparison, candidate))]
    return "\n".join([str(candidate.lane.way), *(f"  {name:<11} {text}" for name, text in rows)])


def divergence_line(comparison: Comparison, candidate: Candidate) -> str:
    """Return that all is identical, or step, State, neuron, values and distance of the first difference."""
    report, numerics = candidate.report, comparison.settings["numerics"]
    if report.passed:
        steps = f"all {report.steps_run} steps"
        return f"identical: all States of {steps} have the same bits ({numerics} numerics)"
    assert report.first_divergent_step is not None, "a report without a difference has passed"
    time = report.first_divergent_step * comparison.case.dt_ms
    when = f"step {report.first_divergent_step} ({time:.6g} ms)"
    if not report.states:
        return f"{when}: no State, but a spike"
    state, others = report.states[0], report.states[1:]
    first, worst = state.bits.first, state.bits.worst
    furthest = f", {worst.ulp} ulp at most" if worst is not None and worst.ulp is not None else ""
    also = f"; so {'do' if others[1:] else 'does'} {', '.join(s.state for s in others)}" if others else ""
    unit = "" if state.unit == "1" else f", in {state.unit}"
    element = str(first).replace("index", "neuron", 1)
    return (
        f"{when}: {state.state} of {element}{unit}; {state.bits.n_differ} of {state.bits.size} differ{furthest}{also}"
    )


def node_line(report: DivergenceReport) -> str:
    """Return the operation that differs first, or why none is named."""
    found = [str(report.node)] if report.node is not None else []
    return "; ".join([*found, *filter(None, [report.remark])]) or "not found: the step gives no State to look into"


def spike_line(candidate: Candidate) -> str:
    """Return the first spike that differs and how many coincide in the end."""
    mismatch, coincidence = candidate.report.first_spike_mismatch, candidate.coincidence
    if mismatch is None:
        return f"all {candidate.report.spikes_compared} identical"
    end = (
        "none in the last tenth" if coincidence is None else f"{coincidence:.1%} coincide in the last tenth of the run"
    )
    return f"first mismatch at {mismatch}; {end}"


def statistics_line(comparison: Comparison, candidate: Candidate) -> str:
    """Return the verdict of level L2, or why there is none."""
    if candidate.statistics is None:
        return f"not judged: {candidate.not_judged}"
    ensemble = comparison.ensemble
    size = f"{ensemble.seeds} seeds of {ensemble.seconds:g} s on each side"
    size += "" if ensemble.is_level else ": indicative, not L2"
    return f"{'passed' if candidate.statistics else 'failed'} ({size}): {candidate.statistics}"


def promise(comparison: Comparison, candidate: Candidate) -> str:
    """Return what the numerics promises and whether it holds."""
    if comparison.is_exact:
        return f"exact numerics promises the same bits: {'holds' if comparison.holds(candidate) else 'broken'}"
    promised = "fast numerics promises the same statistics"
    if candidate.statistics is None and comparison.holds(candidate):
        return f"{promised}: it ran, and they were not judged"
    if not comparison.holds(candidate):
        return f"{promised}: not shown"
    return (
        f"{promised}: {'holds' if comparison.ensemble.is_level else 'nothing against it in a sample too small for L2'}"
    )
