from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.results.intervals import cv_isi
from isospike.results.rates import bin_edges, firing_rate, population_rate
from isospike.errors import ParameterError, ShapeError

SPIKES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4)), unique=True, max_size=80)


def columns(spikes: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(spikes, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1].astype(np.int32)


def cv_by_loop(steps: np.ndarray, neurons: np.ndarray, size: int, min_spikes: int) -> float:
    trains = [np.sort(steps[neurons == cell]) for cell in range(size)]
    intervals = [np.diff(train) for train in trains if len(train) >= min_spikes]
    return float(np.mean([i.std() / i.mean() for i in intervals])) if intervals else math.nan


def test_rate_is_spikes_per_cell_and_second() -> None:
    assert firing_rate(20, 4, 500.0) == 10.0
    assert firing_rate(0, 4, 500.0) == 0.0


@pytest.mark.parametrize(("size", "duration"), [(0, 10.0), (5, 0.0)])
def test_rate_of_no_cells_or_no_time_is_nan(size: int, duration: float) -> None:
    assert math.isnan(firing_rate(0, size, duration))


@given(SPIKES, st.integers(2, 5), st.randoms())
def test_cv_agrees_with_a_loop_over_cells_in_any_order_of_spikes(spikes, min_spikes, random) -> None:
    random.shuffle(spikes)
    steps, neurons = columns(spikes)
    expected = cv_by_loop(steps, neurons, 5, min_spikes)
    assert cv_isi(steps, neurons, 5, min_spikes=min_spikes) == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_cv_of_a_clock_is_zero_and_of_a_poisson_process_is_one() -> None:
    assert cv_isi(np.arange(0, 1000, 10), np.zeros(100, np.int32), 1) == 0.0
    random = np.random.default_rng(1)
    steps = np.cumsum(random.exponential(1e4, (20, 2000)), axis=1).astype(np.int64)
    neurons = np.repeat(np.arange(20, dtype=np.int32), 2000)
    assert cv_isi(steps.ravel(), neurons, 20) == pytest.approx(1.0, abs=0.03)


def test_cv_needs_no_memory_per_cell() -> None:
    steps, cell = np.array([0, 5, 10]), np.full(3, 2**31 - 2, np.int32)
    assert cv_isi(steps, cell, 2**31 - 1) == 0.0


def test_cv_is_nan_without_spikes_and_with_all_spikes_at_one_step() -> None:
    assert math.isnan(cv_isi(np.zeros(0, np.int64), np.zeros(0, np.int32), 3))
    assert math.isnan(cv_isi(np.zeros(3, np.int64), np.zeros(3, np.int32), 3))


def test_cv_refuses_what_has_no_meaning() -> None:
    steps = np.arange(3)
    with pytest.raises(ParameterError, match="min_spikes=3"):
        cv_isi(steps, steps, 3, min_spikes=1)
    with pytest.raises(ShapeError, match="one entry per spike"):
        cv_isi(steps, steps[:2], 3)
    with pytest.raises(ShapeError, match="0 to 1"):
        cv_isi(steps, steps, 2)


@given(SPIKES, st.integers(61, 90), st.sampled_from([0.1, 0.5, 1.0, 7.0]))
def test_population_rate_times_width_gives_back_every_spike(spikes, n_steps, bin_ms) -> None:
    steps, _ = columns(spikes)
    rate = population_rate(steps, 5, 0.1, n_steps, bin_ms=bin_ms)
    width = np.diff(bin_edges(n_steps, 0.1, bin_ms)) * 1e-4
    assert np.sum(rate * width * 5) == pytest.approx(len(spikes))


def test_population_rate_of_a_regular_train_is_flat_even_in_a_short_last_bin() -> None:
    assert population_rate(np.arange(105), 1, 1.0, 105, bin_ms=10.0).tolist() == [1000.0] * 11


def test_a_spike_on_a_border_belongs_to_the_later_bin() -> None:
    assert population_rate(np.array([10]), 1, 0.1, 20, bin_ms=1.0).tolist() == [0.0, 1000.0]


def test_a_bin_is_never_narrower_than_a_step() -> None:
    assert bin_edges(3, 1.0, 0.01).tolist() == [0, 1, 2, 3]


def test_population_rate_of_an_empty_run_or_population() -> None:
    none = np.zeros(0, np.int64)
    assert population_rate(none, 5, 0.1, 0).shape == (0,)
    assert np.isnan(population_rate(none, 0, 0.1, 100)).all()


def test_population_rate_refuses_spikes_outside_the_run_and_a_bin_of_no_width() -> None:
    with pytest.raises(ShapeError, match="start_step"):
        population_rate(np.array([100]), 1, 0.1, 100)
    for width in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ParameterError, match="bin_ms"):
            population_rate(np.array([1]), 1, 0.1, 100, bin_ms=width)
