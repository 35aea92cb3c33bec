"""GIF: its equations between and at spikes, and the behaviours of the paper's figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import integrate

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError

PER_S = 1 / u.second
BURSTING = {"a": 5 * PER_S, "A1": 10 * u.mA, "A2": -0.6 * u.mA}


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(**parameters: Any) -> Any:
    return iso.init_all_states(iso.GIF(1, **parameters))


def spike_times(current: float, a: float, A1: float, A2: float, duration: float) -> np.ndarray:
    """Return spike times in ms by an adaptive integration from spike to spike; mV, ms, mA, and C = 1 ms/ohm."""

    def slopes(t: float, y: np.ndarray) -> list[float]:
        V, theta, I1, I2 = y
        dV, dtheta = current + I1 + I2 - 0.05 * (V + 70.0), a * (V + 70.0) - 0.01 * (theta + 50.0)
        return [dV, dtheta, -0.2 * I1, -0.02 * I2]

    def threshold(t: float, y: np.ndarray) -> float:
        return float(y[0] - y[1])

    threshold.terminal, threshold.direction = True, 1.0  # type: ignore[attr-defined]
    t, y, times = 0.0, np.array([-70.0, -50.0, 0.0, 0.0]), []
    while True:
        solution = integrate.solve_ivp(slopes, (t, duration), y, "DOP853", events=threshold, rtol=1e-10, atol=1e-12)
        if solution.status == 0:
            return np.array(times)
        t, y = float(solution.t[-1]), solution.y[:, -1]
        times.append(t)
        y = np.array([-70.0, max(-60.0, y[1]), A1, y[3] + A2])


def fired(cell: Any, current: float, duration: float, recorded: Any, dt: float = 0.1) -> np.ndarray:
    with iso.environ.context(dt=dt * u.ms):
        run = recorded(cell, lambda cell: cell(current * u.mA), round(duration / dt))
    return (np.flatnonzero(run["output"][:, 0]) + 1) * dt


@pytest.mark.parametrize(
    ("current", "parameters", "a", "A1", "A2"),
    [(1.5, {}, 0.0, 0.0, 0.0), (2.0, {"a": 5 * PER_S}, 0.005, 0.0, 0.0), (2.0, BURSTING, 0.005, 10.0, -0.6)],
    ids=["tonic", "adapting", "bursting"],
)
def test_spike_times_converge_to_those_of_the_equations(
    numpy_backend: None, recorded: Any, current: float, parameters: Any, a: float, A1: float, A2: float
) -> None:
    truth = spike_times(current, a, A1, A2, 60.0)
    assert len(truth) > 1
    for dt in (0.02, 0.01, 0.005):
        found = fired(make(**parameters), current, 60.0, recorded, dt)
        assert len(found) == len(truth)
        assert np.abs(found - truth).max() < 3 * dt  # a step late at each spike, and the delays add up


def test_tonic_spiking_has_the_period_of_a_leaky_integrator(numpy_backend: None, recorded: Any) -> None:
    times = fired(make(), 1.5, 500.0, recorded)
    assert set(np.diff(times).round(6)) == {22.0}  # 20 ms times log(30 / 10) is 21.97 ms


def test_adaptation_of_the_threshold_lengthens_intervals(numpy_backend: None, recorded: Any) -> None:
    intervals = np.diff(fired(make(a=5 * PER_S), 2.0, 500.0, recorded))
    assert (np.diff(intervals) >= -1e-9).all()
    assert intervals[-1] > 1.5 * intervals[0]


def test_phasic_spiking_ends_though_the_current_goes_on(numpy_backend: None, recorded: Any) -> None:
    times = fired(make(a=5 * PER_S), 1.5, 1000.0, recorded)
    np.testing.assert_allclose(times, spike_times(1.5, 0.005, 0.0, 0.0, 1000.0), atol=0.5)
    assert times[-1] < 200.0


def test_the_end_of_an_inhibition_makes_a_rebound_spike(numpy_backend: None, recorded: Any) -> None:
    cell = make(a=5 * PER_S)
    assert len(fired(cell, -3.5, 750.0, recorded)) == 0
    assert len(fired(cell, 0.0, 200.0, recorded)) == 1


def test_hyperpolarisation_lowers_the_threshold_until_it_spikes(numpy_backend: None, recorded: Any) -> None:
    assert len(fired(make(a=30 * PER_S), -1.0, 400.0, recorded)) > 1


def test_internal_currents_make_bursts(numpy_backend: None, recorded: Any) -> None:
    intervals = np.diff(fired(make(**BURSTING), 2.0, 500.0, recorded))
    assert intervals.min() < 6.0
    assert intervals.max() > 5 * intervals.min()


def test_reset_acts_on_all_variables(backend: str, recorded: Any) -> None:
    cell = make(a=5 * PER_S, R1=0.5, R2=0.25, A1=3 * u.mA, A2=-2 * u.mA, V_th_reset=-40 * u.mV)
    cell.I1.value, cell.I2.value, cell.V.value = 4 * u.mA, 8 * u.mA, -45 * u.mV
    run = recorded(cell, lambda cell: cell(), 1)
    I1, I2 = 0.5 * 4.0 + 3.0, 0.25 * 8.0 - 2.0
    V_inf = -70.0 + 20.0 * (I1 + I2)
    assert run["V"][0, 0] == pytest.approx(V_inf + (-70.0 - V_inf) * np.exp(-0.1 / 20.0), rel=1e-12)
    assert run["I1"][0, 0] == pytest.approx(I1 * np.exp(-0.02), rel=1e-12)
    assert run["I2"][0, 0] == pytest.approx(I2 * np.exp(-0.002), abs=1e-12)
    assert run["V_th"][0, 0] == pytest.approx(-50.0 + 10.0 * np.exp(-0.001), rel=1e-12)


@pytest.mark.parametrize("name", ["V_th_inf", "V_th_reset"])
def test_a_threshold_at_the_reset_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match=rf"GIF\({name}=-70.*V_reset=-70.*equal.*below {name}"):
        iso.GIF(1, **{name: -70 * u.mV})
