from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.errors import ParameterError, ShapeError
from isospike.results.intervals import cv_isi

SPIKES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4)), unique=True, max_size=80)


def columns(spikes: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(spikes, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1].astype(np.int32)


def cv_by_loop(steps: np.ndarray, neurons: np.ndarray, size: int, min_spikes: int) -> float:
    trains = [np.sort(steps[neurons == cell]) for cell in range(size)]
    intervals = [np.diff(train) for train in trains if len(train) >= min_spikes]
    return float(np.mean([i.std() / i.mean() for i in intervals])) if intervals else math.nan


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
