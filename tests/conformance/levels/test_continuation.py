"""C: a run in pieces is one run, or the piece that is not is named."""

from __future__ import annotations

import pytest

from isospike_conformance.levels.continuation import judge
from isospike_conformance.running import Running


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_good_backend_passes(precision, long, doctored, subject, monkeypatch):
    monkeypatch.setattr("isospike_conformance.levels.subject.LONG_STEPS", 60)
    doctored("none")
    outcome = judge(subject(precision=precision, long=long))
    assert outcome.passed, outcome.detail
    assert (
        "saved, loaded and called step by step, loops of other lengths, carried to numpy interpreter" in outcome.detail
    )


def test_a_fault_of_loops_is_seen_in_the_first_loop(doctored, subject):
    doctored("product in loops")
    outcome = judge(subject())
    assert not outcome.passed
    assert outcome.detail.startswith("up to step 270, a loop: cells.V")


def test_a_state_that_is_not_loaded_is_seen_where_the_run_goes_on(doctored, subject, monkeypatch):
    honest = Running.load
    monkeypatch.setattr(
        Running, "load", lambda self, saved: honest(self, {**saved, "cells.V#0": self.save()["cells.V#0"]})
    )
    doctored("none")
    outcome = judge(subject())
    assert not outcome.passed
    assert outcome.detail.startswith("up to step 273, saved, loaded and called step by step: ")


def test_a_clock_that_starts_again_is_seen(doctored, subject, monkeypatch):
    honest = Running.load
    monkeypatch.setattr(Running, "load", lambda self, saved: honest(self, {**saved, "clock#0": self.save()["clock#0"]}))
    doctored("none")
    assert "clock" in judge(subject()).detail
