"""Weights of exact numerics: what outgrows the grid is found, by name where it can be, and never summed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike.errors import NumericsError, PlausibilityWarning
from isospike.select import get_backend
from isospike.transform import for_loop, jit
from isospike.weightgrid import WeightGrid

SPIKES = np.ones(6, bool)


@pytest.fixture
def comm(backend: str) -> Iterator[Any]:
    with environ.context(numerics="exact"):
        yield iso.init_all_states(iso.FixedProb(6, 4, 0.8, iso.Uniform(0.5, 1.9)))


def test_weights_within_the_bound_pass_and_larger_ones_are_refused_by_name(comm: Any) -> None:
    run = jit(lambda: comm(SPIKES))
    run()
    comm.weight.value = comm.weight.value * 1.01  # still below 2
    run()
    comm.weight.value = comm.weight.value * 2
    message = r"FixedProb .* has a weight of size 3\.\d+, but .* up to 2 on the grid.*comm\.choose_grid\(\).*'fast'"
    with pytest.raises(NumericsError, match=message):
        run()
    with environ.context(numerics="fast"):
        jit(lambda: comm(SPIKES))()


def test_another_grid_is_the_cure(comm: Any) -> None:
    run = jit(lambda: comm(SPIKES))
    run()
    comm.weight.value = comm.weight.value * 64
    comm.choose_grid()
    sums = get_backend(environ.get("backend")).to_numpy(run())
    weights = get_backend(environ.get("backend")).to_numpy(comm.weight.value)
    expected = np.bincount(comm.csr.indices, weights=weights.astype(np.float64), minlength=4)
    np.testing.assert_allclose(sums, expected, rtol=1e-5)


def test_a_weight_that_grows_beyond_the_bound_inside_a_loop_is_nan_and_then_refused(comm: Any) -> None:
    def step() -> Any:
        total = comm(SPIKES)
        comm.weight.value = comm.weight.value * 1.2
        return total

    with environ.context(precision="float32"):
        sums = get_backend(environ.get("backend")).to_numpy(for_loop(step, length=12))
        assert np.isfinite(sums[0]).all()
        assert np.isnan(sums[-1]).all()
        with pytest.raises(NumericsError, match="FixedProb"):
            for_loop(step, length=12)


def test_a_grid_is_checked_once_for_each_change_of_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    monkeypatch.setattr("isospike.weightgrid.to_host", lambda x: reads.append(x) or np.asarray(x))
    state = iso.ParamState(np.array([0.5, -1.5]))
    grid = WeightGrid(np.array([0.5, -1.5]), 3)
    assert grid.bound == 1 + 2
    for _ in range(3):
        grid.require(state, "comm")
    state.value = np.array([0.5, -1.6])
    grid.require(state, "comm")
    assert len(reads) == 1 + 2


def test_a_connection_without_synapses_has_a_grid() -> None:
    with environ.context(backend="numpy", numerics="exact"):
        with pytest.warns(PlausibilityWarning, match="no synapse"):
            comm = iso.init_all_states(iso.FixedProb(3, 4, 0.0, 1.0))
        np.testing.assert_array_equal(jit(lambda: comm(np.ones(3, bool)))(), np.zeros(4))
