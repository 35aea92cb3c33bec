"""L1: a run has the bits of the reference or of the golden chains, or the first step that differs is named."""

from __future__ import annotations

import pytest

from isospike import registry
from isospike_conformance.levels import spikes_exact
from isospike_conformance.levels.spikes_exact import judge
from isospike_conformance.references import References
from isospike_conformance.way import REFERENCE


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_good_backend_passes(precision, doctored, subject):
    doctored("none")
    outcome = judge(subject(precision=precision))
    assert outcome.passed
    assert "in all 60 steps" in outcome.detail


@pytest.mark.parametrize("fault", ["product", "product in loops"])
def test_a_fault_is_named_with_step_state_and_ulp(fault, doctored, subject):
    doctored(fault)
    outcome = judge(subject())
    assert not outcome.passed
    assert "at step 0: cells.V (1 of 20, first neuron 19" in outcome.detail, outcome.detail
    assert outcome.worst > 0


def test_golden_chains_are_enough_without_a_run_of_the_reference(monkeypatch, subject):
    monkeypatch.setattr(References, "record", None)
    case = registry.resolve("conformance_cases", "delta")
    outcome = judge(subject(REFERENCE, case=case))
    assert outcome.passed
    assert "golden bits" in outcome.detail


def test_golden_chains_are_stronger_than_a_reference_that_has_changed(monkeypatch, subject):
    case = registry.resolve("conformance_cases", "delta")
    golden = spikes_exact.read_golden(case)
    run = golden.runs["float32"]
    path, state = next(iter(run.states.items()))
    other = state.model_copy(update={"links": ("0" * 16, *state.links[1:])})
    runs = {"float32": run.model_copy(update={"states": {**run.states, path: other}})}
    monkeypatch.setattr(spikes_exact, "read_golden", lambda case: golden.model_copy(update={"runs": runs}))
    outcome = judge(subject(REFERENCE, case=case))
    assert not outcome.passed
    assert f"golden chains: differs within steps 0 to 49: {path}; now:" in outcome.detail


def test_a_long_run_is_compared_window_by_window(monkeypatch, doctored, subject):
    monkeypatch.setattr("isospike_conformance.levels.subject.LONG_STEPS", 25)
    for module in ("references", "levels.spikes_exact"):
        monkeypatch.setattr(f"isospike_conformance.{module}.WINDOW", 10)
    doctored("none")
    outcome = judge(subject(long=True))
    assert outcome.passed
    assert "in all 25 steps" in outcome.detail
    doctored("product")
    assert not judge(subject(long=True)).passed
