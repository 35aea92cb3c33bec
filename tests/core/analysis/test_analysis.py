"""Analysis: what closed forms say of clocks, Poisson processes, sines and white noise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import analysis
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, UnitError, UnknownNameError
from isospike.results import Population, Result, Trace
from isospike.results.intervals import cv_isi as mean_cv

Host = Callable[[Any], np.ndarray]
DT = 0.5 * u.ms
CELLS, STEPS, P = 60, 40_000, 0.02


def clock(period: int, steps: int = 1000) -> np.ndarray:
    return (np.arange(steps) % period == period - 1)[:, None]


@pytest.fixture(scope="module")
def bernoulli() -> np.ndarray:
    return np.random.default_rng(1).random((STEPS, CELLS)) < P


@pytest.fixture
def result() -> Result:
    steps, cells = np.array([12, 15, 21, 24]), np.array([2, 0, 2, 1])
    groups = Population("cells", 4, {"E": (0, 2), "I": (2, 4)})
    trace = Trace(np.arange(40.0).reshape(10, 4), np.arange(10, 30, 2), "mV")
    return Result.from_arrays(
        [groups], {"cells": (steps, cells)}, {"cells.V": trace}, dt_ms=0.5, steps=20, start_step=10
    )


def test_rates_count_spikes_over_time(host: Host) -> None:
    rates = analysis.rates(np.concatenate([clock(10), clock(1000)], axis=1), dt=DT)
    assert rates.unit == u.Hz
    np.testing.assert_allclose(host(rates), [200, 2])


def test_the_rate_of_a_population_is_that_of_its_bins(host: Host) -> None:
    times, rate = analysis.population_rate(clock(10), dt=DT, bin=10 * u.ms)
    assert times.unit == u.ms
    np.testing.assert_allclose(host(times)[:2], [5, 15])
    np.testing.assert_allclose(host(rate), 200)


def test_a_clock_is_regular(host: Host) -> None:
    lengths, cells = analysis.intervals(clock(10), dt=DT)
    np.testing.assert_allclose(host(lengths), 5.0)
    assert not cells.any()
    assert analysis.cv_isi(clock(10), dt=DT).tolist() == [0]
    assert analysis.fano_factor(clock(10), dt=DT, window=50 * u.ms).tolist() == [0]


def test_independent_steps_have_the_irregularity_of_their_law(bernoulli: np.ndarray) -> None:
    # Intervals are geometric, counts binomial: a Poisson process but for the factor of the steps that spike.
    cv, fano = analysis.cv_isi(bernoulli, dt=DT), analysis.fano_factor(bernoulli, dt=DT, window=50 * u.ms)
    assert cv.mean() == pytest.approx(np.sqrt(1 - P), abs=4 / np.sqrt(STEPS * P * CELLS))
    assert fano.mean() == pytest.approx(1 - P, abs=4 * np.sqrt(2 / (STEPS / 100) / CELLS))


def test_the_mean_irregularity_is_that_of_results(bernoulli: np.ndarray) -> None:
    steps, cells = np.nonzero(bernoulli)
    assert analysis.cv_isi(bernoulli, dt=DT).mean() == pytest.approx(mean_cv(steps, cells, CELLS), rel=1e-12)


def test_cells_that_say_too_little_are_not_a_number() -> None:
    one = np.zeros((1000, 2), bool)
    one[[10, 500], 0] = True
    assert np.isnan(analysis.cv_isi(one, dt=DT)).all()
    assert np.isnan(analysis.fano_factor(one, dt=DT)).tolist() == [False, True]
    assert np.isnan(analysis.fano_factor(one, dt=DT, window=400 * u.ms)).all()


def test_correlations_are_one_of_equal_and_none_of_independent_trains(bernoulli: np.ndarray) -> None:
    found = analysis.correlations(bernoulli, dt=DT, bin=2 * u.ms)
    assert np.diag(found).tolist() == [1] * CELLS
    apart = found[np.triu_indices(CELLS, 1)]
    limit = 1 / np.sqrt(STEPS / 4)
    assert apart.std() == pytest.approx(limit, rel=0.1)
    assert apart.mean() == pytest.approx(0, abs=4 * limit / np.sqrt(apart.size))
    np.testing.assert_allclose(found[:5, :5], np.corrcoef(bernoulli.reshape(-1, 4, CELLS).sum(1).T)[:5, :5], atol=1e-12)


def test_trains_that_share_half_of_their_spikes_correlate_by_a_half() -> None:
    rng = np.random.default_rng(2)
    shared, own = rng.random((STEPS, 1)) < 0.01, rng.random((STEPS, 2)) < 0.01
    found = analysis.correlations(shared | own, dt=DT, bin=0.5 * u.ms)
    # Each spikes with 1 - 0.99**2, both with that of the shared one or of both others.
    p, both = 1 - 0.99**2, 0.01 + 0.99 * 0.01**2
    assert found[0, 1] == pytest.approx((both - p**2) / (p * (1 - p)), abs=4 / np.sqrt(STEPS * p))


def test_a_cell_that_never_varies_correlates_with_none() -> None:
    silent = np.concatenate([clock(7), np.zeros((1000, 1))], axis=1)
    found = analysis.correlations(silent, dt=DT, cells=[1, 0])
    assert np.isnan(found).tolist() == [[True, True], [True, False]]


def test_power_integrates_to_the_variance(host: Host) -> None:
    noise = np.random.default_rng(3).normal(scale=2.0, size=(2**16, 3))
    frequency, power = analysis.power_spectrum(noise * u.mV, dt=DT)
    assert frequency.unit == u.Hz
    assert u.same_dimension(power.unit, u.mV**2 / u.Hz)
    density, spacing = host(power), host(frequency)[1]
    np.testing.assert_allclose(density.sum(axis=0) * spacing, noise.var(axis=0), rtol=0.02)
    np.testing.assert_allclose(density[1:-1].mean(), 2 * 4 * 0.5e-3, rtol=0.02)


def test_a_sine_has_the_area_of_its_power_at_its_frequency(host: Host) -> None:
    t = np.arange(20_000) * 0.5e-3
    frequency, power = analysis.power_spectrum(5 + 3 * np.sin(2 * np.pi * 40 * t), dt=DT, segment=500 * u.ms)
    assert host(frequency)[np.argmax(host(power))] == pytest.approx(40)
    assert host(power).sum() * host(frequency)[1] == pytest.approx(4.5, rel=1e-3)


def test_the_curve_of_a_leaky_cell_is_its_formula(host: Host) -> None:
    currents = np.array([0.5, 1.5, 3.0, 10.0])
    with iso.environ.context(dt=0.01 * u.ms, backend="numpy", precision="float64"):
        cells = iso.LIF(4, tau=10 * u.ms, R=1 * u.ohm, V_th=1 * u.mV, spk_reset="hard")
        rate = analysis.fi_curve(cells, currents * u.mA, duration=2 * u.second, warmup=100 * u.ms)
    expected = np.r_[0, 1000 / (10 * np.log(currents[1:] / (currents[1:] - 1)))]
    np.testing.assert_allclose(host(rate), expected, rtol=0.02, atol=0.5)


def test_a_result_its_folder_and_its_array_say_the_same(result: Result, tmp_path: Path, host: Host) -> None:
    result.save(tmp_path / "run")
    array = np.zeros((20, 4))
    array[[2, 5, 11, 14], [2, 0, 2, 1]] = 1
    expected = [100, 100, 200, 0]
    for source in (result, tmp_path / "run", str(tmp_path / "run")):
        np.testing.assert_allclose(host(analysis.rates(source)), expected)
    np.testing.assert_allclose(host(analysis.rates(array, dt=DT)), expected)
    np.testing.assert_allclose(host(analysis.rates(result, "cells.I")), expected[2:])
    np.testing.assert_allclose(host(analysis.intervals(result)[0]), [4.5])


def test_traces_and_spikes_are_drawn(result: Result, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    figure = analysis.plot_traces(result, path=tmp_path / "traces.png")
    (axes,) = figure.axes
    assert axes.get_ylabel() == "cells.V (mV)"
    np.testing.assert_allclose(axes.lines[1].get_xydata()[:2], [[5, 1], [6, 5]])
    assert len(axes.lines) == 4
    assert (tmp_path / "traces.png").stat().st_size > 1000
    above, below = analysis.plot_raster(clock(10), dt=DT).axes
    np.testing.assert_allclose(above.lines[0].get_xdata()[:2], [4.5, 9.5])
    assert below.get_ylabel() == "Rate (Hz)"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda r: analysis.rates(np.ones(5), dt=DT), ShapeError, r"\(5,\).*spikes\[:, None\]"),
        (lambda r: analysis.rates(np.ones((5, 2)) * u.mV, dt=DT), UnitError, "mV.*get_spike"),
        (lambda r: analysis.rates(r, "cell"), UnknownNameError, "cells"),
        (lambda r: analysis.fano_factor(r, window=0 * u.ms), ParameterError, "fano_factor: window is 0"),
        (lambda r: analysis.correlations(r, bin=1 * u.mV), UnitError, "correlations: bin"),
        (lambda r: analysis.power_spectrum(np.ones(50), dt=DT, segment=1 * u.second), ParameterError, "2000 samples"),
        (lambda r: analysis.plot_traces(r, "cells.W"), UnknownNameError, r"Did you mean 'cells\.V'"),
        (lambda r: analysis.fi_curve(iso.LIF(3), [1.0, 2.0] * u.mA, duration=DT), ShapeError, r"LIF\(\(2,\)\)"),
    ],
)
def test_what_cannot_be_analysed_is_refused(call: Any, error: type[Exception], message: str, result: Result) -> None:
    with pytest.raises(error, match=message):
        call(result)


def test_one_of_several_populations_has_to_be_named() -> None:
    spikes = {name: (np.array([1]), np.array([0])) for name in ("a", "b")}
    two = Result.from_arrays([Population("a", 1), Population("b", 2)], spikes, {}, dt_ms=0.5, steps=10)
    with pytest.raises(ParameterError, match="a, b; name one"):
        analysis.rates(two)
    assert analysis.rates(two, "b").shape == (2,)
