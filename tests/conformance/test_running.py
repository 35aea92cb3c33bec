from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isospike import environ
from isospike.errors import EnvironError
from isospike_conformance.case import Case
from isospike_conformance.cases import batch, expon, refractory
from isospike_conformance.compare import find_divergence
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE, Way


def test_a_record_has_every_state_with_its_unit_and_the_spikes_of_every_population() -> None:
    record = Running(expon.CASE, REFERENCE).run(30)
    assert {path: trace.unit for path, trace in record.states.items()} == {
        "source.V": "mV",
        "cells.V": "mV",
        "excite.syn.g": "nS",
    }
    assert set(record.spikes) == {"source", "cells"}
    assert record.steps == 30
    assert record.label == str(REFERENCE)
    assert all(t.values.shape == (30, 16) and t.values.dtype == np.float32 for t in record.states.values())


def test_spikes_are_those_of_the_states() -> None:
    record = Running(refractory.CASE, REFERENCE).run(100)
    steps, neurons = np.nonzero(record.states["cells.refractory"].values == -(np.arange(32) + 1))
    np.testing.assert_array_equal(record.spikes["cells"], (steps, neurons))
    assert len(steps) > 30


def test_two_runs_are_one_and_count_their_steps_on() -> None:
    whole, parts = Running(refractory.CASE, REFERENCE), Running(refractory.CASE, REFERENCE)
    expected, first, second = whole.run(50), parts.run(20), parts.run(30)
    assert second.states["cells.V"].steps.tolist() == list(range(20, 50))
    joined = np.concatenate([r.states["cells.V"].values for r in (first, second)])
    np.testing.assert_array_equal(joined, expected.states["cells.V"].values)
    for k in (0, 1):
        spikes = np.concatenate([r.spikes["cells"][k] for r in (first, second)])
        np.testing.assert_array_equal(spikes, expected.spikes["cells"][k])


@pytest.mark.parametrize("case", [expon.CASE, batch.CASE], ids=lambda case: case.name)
def test_what_is_saved_goes_on_in_another_running_with_the_same_bits(case: Case) -> None:
    running = Running(case, REFERENCE)
    running.run(20)
    saved = running.save()
    expected = running.run(20)
    other = Running(case, REFERENCE)
    other.load(saved)
    assert find_divergence(expected, other.run(20)).passed
    other.run(5)
    other.load(saved)  # what was saved is not changed by running
    assert find_divergence(expected, other.run(20)).passed


def test_another_seed_is_another_run() -> None:
    a, b = (Running(batch.CASE, REFERENCE, seed=seed).run(5) for seed in (1, 2))
    assert not find_divergence(a, b).passed


def test_a_batch_has_an_axis_of_its_own_and_no_record_of_spikes() -> None:
    record = Running(replace(batch.CASE, batch_size=3), REFERENCE).run(4)
    assert record.states["cells.V"].values.shape == (4, 3, 64)
    assert record.spikes == {}


def test_precision_and_numerics_are_those_asked_for_and_end_with_the_run() -> None:
    running = Running(expon.CASE, REFERENCE, "float64", "fast")
    with running.environment():
        assert (environ.get("numerics"), environ.get("precision")) == ("fast", "float64")
    assert running.run(2).states["cells.V"].values.dtype == np.float64
    with pytest.raises(EnvironError):
        environ.get_dt()


def test_a_run_may_go_on_on_another_way() -> None:
    pytest.importorskip("jax")
    running, expected = Running(expon.CASE, REFERENCE), Running(expon.CASE, REFERENCE)
    running.run(20)
    expected.run(20)
    running.way = Way("jax", "xla")
    assert find_divergence(expected.run(20), running.run(20)).passed
