from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.errors import ParameterError, ShapeError
from isospike.results.rates import bin_edges, firing_rate, population_rate

STEPS = st.lists(st.integers(0, 60), max_size=80)


def test_rate_is_spikes_per_cell_and_second() -> None:
    assert firing_rate(20, 4, 500.0) == 10.0
    assert firing_rate(0, 4, 500.0) == 0.0


@pytest.mark.parametrize(("size", "duration"), [(0, 10.0), (5, 0.0)])
def test_rate_of_no_cells_or_no_time_is_nan(size: int, duration: float) -> None:
    assert math.isnan(firing_rate(0, size, duration))


@given(STEPS, st.integers(61, 90), st.sampled_from([0.1, 0.5, 1.0, 7.0]))
def test_population_rate_times_width_gives_back_every_spike(steps, n_steps, bin_ms) -> None:
    rate = population_rate(np.array(steps, np.int64), 5, 0.1, n_steps, bin_ms=bin_ms)
    width = np.diff(bin_edges(n_steps, 0.1, bin_ms)) * 1e-4
    assert np.sum(rate * width * 5) == pytest.approx(len(steps))


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
