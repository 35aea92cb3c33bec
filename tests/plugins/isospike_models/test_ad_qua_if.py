"""AdQuaIF: its equations between and at spikes, and what adaptation does to their intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import integrate

import isospike as iso
from isospike import units as u
from isospike.errors import PlausibilityWarning

A, B, CURRENT = 0.1, 3.0, 20.0  # siemens, mA, mA


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(**parameters: Any) -> Any:
    return iso.AdQuaIF(1, **{"a": A * u.siemens, "b": B * u.mA, **parameters})


def slopes(y: np.ndarray) -> Any:
    V, w = y
    return [(0.07 * (V + 65.0) * (V + 50.0) + CURRENT - w) / 10.0, (A * (V + 65.0) - w) / 10.0]


def spike_times(duration: float) -> np.ndarray:
    """Return spike times in ms by an adaptive integration from spike to spike."""

    def peak(t: float, y: np.ndarray) -> float:
        return float(y[0] + 30.0)

    peak.terminal, peak.direction = True, 1.0  # type: ignore[attr-defined]
    t, y, times = 0.0, np.array([-65.0, 0.0]), []
    while True:
        run = integrate.solve_ivp(
            lambda _, y: slopes(y), (t, duration), y, "DOP853", events=peak, rtol=1e-10, atol=1e-12
        )
        if run.status == 0:
            return np.array(times)
        t, y = float(run.t[-1]), np.array([-68.0, run.y[1, -1] + B])
        times.append(t)


def fired(cell: Any, duration: float, dt: float, recorded: Any) -> np.ndarray:
    with iso.environ.context(dt=dt * u.ms):
        run = recorded(iso.init_all_states(cell), lambda cell: cell(CURRENT * u.mA), round(duration / dt))
    return (np.flatnonzero(run["output"][:, 0]) + 1) * dt


def test_potential_converges_to_the_solution_of_the_equations(numpy_backend: None, converging: Any) -> None:
    error = converging(make, lambda cell: cell(CURRENT * u.mA), slopes, [-65.0, 0.0], 6.0, (0.1, 0.05, 0.025))
    assert error < 0.01


def test_spike_times_converge_to_those_of_the_equations(numpy_backend: None, recorded: Any) -> None:
    truth = spike_times(100.0)
    assert len(truth) == 5
    for dt in (0.02, 0.01, 0.005):
        found = fired(make(), 100.0, dt, recorded)
        assert len(found) == len(truth)
        assert np.abs(found - truth).max() < 10 * dt  # up to a step late at each spike, and the delays add up


def test_a_spike_sets_V_and_raises_w_by_b(backend: str, recorded: Any) -> None:
    run = recorded(iso.init_all_states(make()), lambda cell: cell(CURRENT * u.mA), 300)
    k = np.flatnonzero(run["output"][:, 0])[0]
    w = run["w"][k, 0] + B
    w_inf = A * -3.0
    assert run["w"][k + 1, 0] == pytest.approx(w_inf + (w - w_inf) * np.exp(-0.01), rel=1e-12)
    x = 0.1 * 0.07 * (2 * -68.0 + 115.0) / 10.0  # dt times the slope of the drift at reset
    drift = (0.07 * -3.0 * -18.0 + CURRENT - w) / 10.0
    assert run["V"][k + 1, 0] == pytest.approx(-68.0 + 0.1 * np.expm1(x) / x * drift, rel=1e-12)


def test_without_adaptation_it_is_the_quadratic_cell(numpy_backend: None, recorded: Any) -> None:
    plain, adaptive = iso.QuaIF(1), make(a=0 * u.siemens, b=0 * u.mA)
    runs = [recorded(iso.init_all_states(c), lambda cell: cell(CURRENT * u.mA), 500) for c in (plain, adaptive)]
    assert runs[0]["output"].any()
    assert (runs[0]["V"] == runs[1]["V"]).all()


def test_adaptation_lengthens_the_intervals(numpy_backend: None, recorded: Any) -> None:
    intervals = np.diff(fired(make(tau_w=100 * u.ms), 200.0, 0.05, recorded))
    assert intervals[-1] > 1.5 * intervals[0]


def test_an_adaptation_out_of_proportion_to_the_resistance_warns() -> None:
    with pytest.warns(PlausibilityWarning, match=r"AdQuaIF.*a acts as 1e\+07 times the leak and b acts as"):
        make(R=100 * u.Mohm)
