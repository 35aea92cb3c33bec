"""LIFRef: the refractory period lasts exactly its steps, whatever the input, the reset and the time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning

Host = Callable[[Any], np.ndarray]
RESETS = pytest.mark.parametrize("reset", ["soft", "hard"])


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(size: Any = 1, **parameters: Any) -> Any:
    given = {"tau": 10 * u.ms, "V_th": 15 * u.mV, "V_reset": -5 * u.mV, "tau_ref": 1 * u.ms, **parameters}
    return iso.init_all_states(iso.LIFRef(size, **given))


def record(cell: Any, current: Any, times: Any) -> Any:
    """Return V and the spikes at each of the times."""

    def step(t: Any) -> Any:
        with iso.environ.context(t=t):
            return {"spikes": cell(current), "V": cell.V.value}

    return iso.transform.for_loop(step, times)


def times(n_steps: int) -> Any:
    return np.arange(n_steps) * 0.1 * u.ms


@RESETS
@pytest.mark.parametrize("steps", [0, 1, 2, 10, 37])
def test_under_strong_input_a_cell_spikes_each_time_its_refractory_steps_are_over(
    backend: str, host: Host, reset: str, steps: int
) -> None:
    cell = make(spk_reset=reset, tau_ref=steps * 0.1 * u.ms)
    kept = record(cell, 1e5 * u.mA, times(400))
    fired = np.flatnonzero(host(kept["spikes"])[:, 0])
    assert fired[0] == 0
    assert set(np.diff(fired)) == {steps + 1}


@RESETS
def test_potential_is_held_at_its_value_after_the_reset(backend: str, host: Host, reset: str) -> None:
    kept = record(make(spk_reset=reset), 40 * u.mA, times(300))
    V, spiked = host(kept["V"])[:, 0], host(kept["spikes"])[:, 0]
    fired = np.flatnonzero(spiked)
    assert len(fired) == 4
    for k in fired:
        after = V[k] - 20 if reset == "soft" else -5.0
        assert (V[k + 1 : k + 11] == after).all()
        assert V[k + 11] == pytest.approx(40 + (after - 40) * np.exp(-0.01), rel=1e-12)


@pytest.mark.parametrize("current", [16.0, 30.0, 100.0])
def test_period_is_that_of_the_f_i_curve_plus_the_refractory_period(backend: str, host: Host, current: float) -> None:
    cell = make(spk_reset="hard", V_initializer=-5 * u.mV, tau_ref=2 * u.ms)
    fired = np.flatnonzero(host(record(cell, current * u.mA, times(3000))["spikes"])[:, 0])
    free = 10 * np.log((current + 5) / (current - 15))
    assert len(fired) > 5
    assert set(np.diff(fired)) == {20 + int(np.ceil(free / 0.1))}


@RESETS
def test_time_that_starts_again_at_zero_freezes_no_cell(backend: str, host: Host, reset: str) -> None:
    pieces, whole = make(3, spk_reset=reset), make(3, spk_reset=reset)
    current = np.array([20.0, 40.0, 1e4]) * u.mA
    parts = [record(pieces, current, times(n)) for n in (130, 170)]
    one = record(whole, current, times(300))
    for name in ("spikes", "V"):
        assert (np.concatenate([host(p[name]) for p in parts]) == host(one[name])).all()
    assert host(parts[1]["spikes"]).any(axis=0).all()


def test_no_time_is_needed(backend: str, host: Host) -> None:
    cell = make()
    fired = host(iso.transform.for_loop(lambda: cell(1e5 * u.mA), length=23))[:, 0]
    assert np.flatnonzero(fired).tolist() == [0, 11, 22]


def test_without_refractory_period_it_is_lif_bit_for_bit(backend: str, host: Host) -> None:
    current = np.linspace(10, 200, 5) * u.mA
    plain = iso.init_all_states(iso.LIF(5, tau=10 * u.ms, V_th=15 * u.mV, V_reset=-5 * u.mV))
    V = [host(record(cell, current, times(500))["V"]) for cell in (make(5, tau_ref=0 * u.ms), plain)]
    assert (V[0] == V[1]).all()


def test_each_cell_has_its_own_refractory_period(backend: str, host: Host) -> None:
    cell = make(3, tau_ref=np.array([0.0, 0.5, 1.2]) * u.ms)
    spiked = host(record(cell, 1e5 * u.mA, times(100))["spikes"])
    assert [set(np.diff(np.flatnonzero(train))) for train in spiked.T] == [{1}, {6}, {13}]


def test_input_that_arrives_in_the_refractory_period_is_lost(numpy_backend: None, host: Host) -> None:
    cell = make(spk_reset="hard", tau_ref=0.2 * u.ms)
    for jump in (50, 50, 50, 0):
        cell.add_delta_input(jump * u.mV)
        cell()
    assert host(cell.V.value)[0] == pytest.approx(-5 * np.exp(-0.01), rel=1e-12)


@pytest.mark.parametrize(("tau_ref", "rounded"), [(1.23, 12), (1.27, 13), (0.04, 0)])
def test_a_period_that_is_no_multiple_of_dt_is_rounded_with_a_warning(
    numpy_backend: None, host: Host, tau_ref: float, rounded: int
) -> None:
    cell = make(tau_ref=tau_ref * u.ms)
    with pytest.warns(PlausibilityWarning, match=rf"LIFRef\.tau_ref.*rounded to {rounded}"):
        spiked = host(record(cell, 1e5 * u.mA, times(60))["spikes"])[:, 0]
    assert set(np.diff(np.flatnonzero(spiked))) == {rounded + 1}


def test_no_multiple_of_dt_warns_though_binary_numbers_miss_it(numpy_backend: None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for steps in (1, 3, 7, 29, 57):
            make(tau_ref=steps / 10 * u.ms)()
        make(tau_ref=0.0003 * u.second)()


def test_another_dt_counts_other_steps(backend: str, host: Host) -> None:
    cell = make()
    for dt, period in ((0.1, 11), (0.05, 21), (0.25, 5)):
        iso.init_all_states(cell)
        with iso.environ.context(dt=dt * u.ms):
            spiked = host(iso.transform.for_loop(lambda: cell(1e5 * u.mA), length=100))[:, 0]
        assert set(np.diff(np.flatnonzero(spiked))) == {period}


@RESETS
def test_a_batch_of_one_has_the_bits_of_no_batch(backend: str, host: Host, reset: str) -> None:
    runs = []
    for batch_size in (None, 1):
        cell = iso.LIFRef(4, V_th=15 * u.mV, tau_ref=1 * u.ms, spk_reset=reset)
        iso.init_all_states(cell, batch_size=batch_size)
        runs.append(host(record(cell, np.linspace(10, 90, 4) * u.mA, times(300))["V"]))
    assert (runs[0] == runs[1][:, 0]).all()


def test_a_refractory_period_cannot_be_trained() -> None:
    with pytest.raises(ParameterError, match=r"LIFRef\(tau_ref=\.\.\.\) is a ParamState.*plain quantity"):
        iso.LIFRef(1, V_th=15 * u.mV, tau_ref=iso.ParamState(2.0 * u.ms))
