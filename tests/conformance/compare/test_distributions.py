from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.errors import ParameterError, ShapeError
from isospike.results.intervals import cv_isi
from isospike.results.population import Population
from isospike.results.result import Result
from isospike_conformance.compare.activity import Activity, activities
from isospike_conformance.compare.distributions import correlations, cvs, intervals, rates

SPIKES = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 4)), unique=True, max_size=60)


def activity(spikes: list[tuple[int, int]], size: int = 5, stop: int = 100, start: int = 0) -> Activity:
    table = np.array(spikes, np.int64).reshape(-1, 2)
    return Activity(table[:, 0], table[:, 1].astype(np.int32), size, start, stop, dt_ms=0.5)


def test_rates_count_silent_cells_too() -> None:
    found = rates(activity([(3, 0), (9, 0), (4, 2)], size=4))  # 100 steps of 0.5 ms
    assert found.tolist() == [40.0, 0.0, 20.0, 0.0]


def test_intervals_are_those_of_one_cell_in_ms_in_any_order_of_spikes() -> None:
    assert sorted(intervals(activity([(30, 1), (10, 1), (5, 0), (14, 1), (25, 0)]))) == [2.0, 8.0, 10.0]
    assert intervals(activity([(1, 0), (2, 1)])).size == 0


def test_cvs_by_hand() -> None:
    # Intervals 10, 30: mean 20, sd 10. A clock. Two spikes: one interval, left out.
    spikes = [(0, 0), (10, 0), (40, 0), (0, 1), (7, 1), (14, 1), (0, 2), (50, 2)]
    assert cvs(activity(spikes)).tolist() == [0.5, 0.0]


def test_a_burst_of_successive_steps_is_a_clock_and_spikes_in_one_step_have_no_cv() -> None:
    assert cvs(activity([(5, 0), (6, 0), (7, 0)])).tolist() == [0.0]
    assert cvs(activity([(5, 0), (5, 0), (5, 0)])).size == 0


@given(SPIKES, st.integers(1, 10**6))
def test_nothing_depends_on_when_a_window_begins(spikes: list[tuple[int, int]], start: int) -> None:
    early, late = activity(spikes), activity([(s + start, n) for s, n in spikes], start=start, stop=start + 100)
    for measure in (rates, intervals, cvs, correlations):
        np.testing.assert_array_equal(measure(early), measure(late))


@given(SPIKES)
def test_the_mean_of_cvs_is_the_cv_of_the_results(spikes: list[tuple[int, int]]) -> None:
    a = activity(spikes)
    found = cvs(a)
    mean = found.mean() if found.size else np.nan
    assert mean == pytest.approx(cv_isi(a.steps, a.neurons, a.size), nan_ok=True)


@given(SPIKES, st.sampled_from([0.5, 2.0, 7.3, 20.0]))
def test_correlations_are_those_of_numpy(spikes: list[tuple[int, int]], bin_ms: float) -> None:
    width = round(bin_ms / 0.5)
    bins = 100 // width
    counts = np.zeros((5, bins))
    for step, neuron in spikes:
        if step < bins * width:
            counts[neuron, step // width] += 1
    varying = counts[counts.std(axis=1) > 0]
    expected = np.corrcoef(varying)[np.triu_indices(len(varying), 1)] if len(varying) > 1 else np.zeros(0)
    np.testing.assert_allclose(correlations(activity(spikes), bin_ms=bin_ms), expected, atol=1e-12)


def test_cells_that_fire_together_and_in_turn_are_told_apart() -> None:
    together = [(s, n) for s in range(0, 100, 8) for n in (0, 1)]
    in_turn = [(s + 4 * n, n) for s in range(0, 96, 8) for n in (0, 1)]
    assert correlations(activity(together, size=2)) == pytest.approx([1.0])
    assert correlations(activity(in_turn, size=2, stop=96)) == pytest.approx([-1.0])


def test_a_large_population_is_sampled_evenly() -> None:
    random = np.random.default_rng(0)
    spikes = (random.integers(0, 100, 5000), random.integers(0, 1000, 5000))
    found = correlations(Activity(*spikes, 1000, 0, 100, 0.5), cells=3)
    chosen = np.isin(spikes[1], [0, 499, 999])
    renamed = np.searchsorted([0, 499, 999], spikes[1][chosen])
    np.testing.assert_array_equal(found, correlations(Activity(spikes[0][chosen], renamed, 3, 0, 100, 0.5)))


def test_silence_has_rates_and_nothing_else() -> None:
    silent = activity([])
    assert rates(silent).tolist() == [0.0] * 5
    assert intervals(silent).size == cvs(silent).size == correlations(silent).size == 0


def test_a_warm_up_is_cut_from_spikes_and_window() -> None:
    late = activity([(3, 0), (20, 0), (90, 1)]).after(10.0)
    assert (late.steps.tolist(), late.start, late.duration_ms) == ([20, 90], 20, 40.0)
    with pytest.raises(ParameterError, match="warm-up"):
        activity([]).after(50.0)


def test_activities_of_a_result_are_those_of_its_recorded_populations() -> None:
    spikes = {"E": (np.array([1010, 1030]), np.array([1, 0]))}
    populations = [Population("E", 2), Population("I", 3)]
    result = Result.from_arrays(populations, spikes, {}, dt_ms=0.5, steps=100, start_step=1000)
    found = activities(result, warmup_ms=10.0)
    assert list(found) == ["E"]
    assert (found["E"].steps.tolist(), found["E"].neurons.tolist(), found["E"].size) == ([1030], [0], 2)
    assert rates(activities(result)["E"]).tolist() == [20.0, 20.0]


@pytest.mark.parametrize(
    "spikes", [[(100, 0)], [(0, 5)], [(-1, 0)], [(0, -1)], [(5, 0), (100, 1)], [(5, 0), (-1, 0)], [(5, 0), (6, 5)]]
)
def test_spikes_outside_window_or_population_are_refused(spikes: list[tuple[int, int]]) -> None:
    with pytest.raises(ShapeError, match="window and population"):
        activity(spikes)


def test_a_window_of_one_cell_and_one_step_is_a_window() -> None:
    assert rates(activity([(0, 0)], size=1, stop=1)).tolist() == [2000.0]


@pytest.mark.parametrize("more", [{"size": 0}, {"stop": 0}, {"dt_ms": 0.0}])
def test_an_empty_window_or_population_is_refused(more: dict[str, float]) -> None:
    none = np.zeros(0, int)
    with pytest.raises(ParameterError, match="at least one cell and one step"):
        Activity(none, none, **{"size": 5, "start": 0, "stop": 100, "dt_ms": 0.5, **more})


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(ShapeError, match="one length"):
        Activity(np.arange(3), np.arange(2), 5, 0, 100, 0.5)
