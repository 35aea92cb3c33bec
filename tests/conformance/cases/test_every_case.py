"""What holds for every case that is offered."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from isospike import registry
from isospike.errors import PlausibilityWarning
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, find_divergence
from isospike_conformance.plugin import isospike_conformance_cases
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE, Way

CASES = {name: registry.resolve("conformance_cases", name) for name in isospike_conformance_cases()}
JUDGED = [name for name, case in CASES.items() if case.truth]
BY_CHANCE = ("poisson", "ou")  # judged by moments, which need all steps
each = pytest.mark.parametrize("name", CASES)


@cache
def run_of(case: Case, steps: int, precision: str = "float64") -> Record:
    return Running(case, REFERENCE, precision).run(steps)


@each
def test_a_case_has_the_name_of_its_file_and_says_what_it_catches(name: str) -> None:
    case = CASES[name]
    assert case.name == name
    assert sys.modules[f"isospike_conformance.cases.{name}"].CASE is case
    assert case.about.startswith("Catches ")
    assert case.about.count(".") == case.about.endswith(".") == 1


def test_only_what_no_closed_form_or_loop_is_known_of_has_no_truth() -> None:
    # A batch is judged by its members and gradients by differences; of the network that is trained nothing is known.
    assert set(CASES) - set(JUDGED) == {"batch", "gradient", "training"}


@pytest.mark.parametrize("name", JUDGED)
def test_the_reference_is_true(name: str) -> None:
    case = CASES[name]
    verdict = case.truth(run_of(case, case.steps if name in BY_CHANCE else 200))
    assert verdict, str(verdict)


@pytest.mark.slow
@pytest.mark.parametrize("name", JUDGED)
def test_the_reference_is_true_to_the_end(name: str) -> None:
    case = CASES[name]
    verdict = case.truth(run_of(case, case.steps))
    assert verdict, str(verdict)


@pytest.mark.parametrize("name", JUDGED)
def test_a_run_with_half_the_step_is_not_true(name: str) -> None:
    case = CASES[name]
    other = replace(case, dt_ms=case.dt_ms / 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PlausibilityWarning)
        record = run_of(other, case.steps if name in BY_CHANCE else 200)
    assert not case.truth(record)


@pytest.mark.parametrize("name", [n for n in JUDGED if n not in BY_CHANCE])
def test_one_spike_that_moves_by_a_step_is_not_true(name: str) -> None:
    case = CASES[name]
    record = run_of(case, 200)
    population, (steps, neurons) = next((k, v) for k, v in record.spikes.items() if len(v[0]))
    moved = np.where(np.arange(len(steps)) == len(steps) // 2, steps - 1, steps)
    assert not case.truth(replace(record, spikes={**record.spikes, population: (moved, neurons)}))


@each
def test_a_case_does_something(name: str) -> None:
    record = run_of(CASES[name], 200, "float32")
    for path, trace in record.states.items():
        assert np.isfinite(trace.values).all(), path
        if path not in ("source.fired", "cells.refractory"):
            assert len(np.unique(trace.values)) > 10, path
    spiking = CASES[name].batch_size is None and name != "gradient"
    assert any(len(steps) for steps, _ in record.spikes.values()) == spiking


@each
@pytest.mark.parametrize("precision", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
def test_twenty_exact_steps_of_jax_have_the_bits_of_the_reference(name: str, precision: str) -> None:
    pytest.importorskip("jax")
    reference, candidate = (Running(CASES[name], way, precision).run(20) for way in (REFERENCE, Way("jax", "xla")))
    report = find_divergence(reference, candidate, case=name)
    assert report.passed, str(report)


def test_members_of_a_batch_differ_and_one_alone_has_the_bits_of_a_run_without_batch() -> None:
    case = CASES["batch"]
    V = run_of(case, 200).states["cells.V"].values
    assert not np.array_equal(V[:, 0], V[:, 1])
    alone, unbatched = (run_of(replace(case, batch_size=n), 200) for n in (1, None))
    for path, trace in unbatched.states.items():
        np.testing.assert_array_equal(alone.states[path].values[:, 0], trace.values, path)


def test_states_of_the_cases_are_floats_integers_and_booleans() -> None:
    kinds = {t.values.dtype.kind for case in CASES.values() for t in run_of(case, 200, "float32").states.values()}
    assert kinds == {"f", "i", "b"}
