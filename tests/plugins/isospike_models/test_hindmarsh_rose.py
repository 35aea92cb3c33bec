"""HindmarshRose: its equations, its rest and its bursts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import integrate

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(size: int = 1, **parameters: Any) -> Any:
    return iso.HindmarshRose(size, **parameters)


def slopes(y: np.ndarray, current: float = 3.1) -> list[float]:
    V, recovery, slow = y
    return [recovery + (3.0 - V) * V**2 - slow + current, 1.0 - 5.0 * V**2 - recovery, 0.006 * (4.0 * (V + 1.6) - slow)]


def test_potential_converges_to_the_solution_of_the_equations(numpy_backend: None, converging: Any) -> None:
    start = [-1.6, 1.0 - 5.0 * 1.6**2, 0.0]
    error = converging(make, lambda cell: cell(3.1), slopes, start, 30.0, (0.01, 0.005, 0.0025))
    assert error < 0.3


def test_states_start_where_they_would_stay(numpy_backend: None, host: Host) -> None:
    cell = iso.init_all_states(make(V_initializer=-1.3))
    assert host(cell.y.value)[0] == pytest.approx(1.0 - 5.0 * 1.69, rel=1e-12)
    assert host(cell.z.value)[0] == pytest.approx(4.0 * 0.3, rel=1e-12)


def test_rest_is_the_root_of_its_cubic(numpy_backend: None, recorded: Any) -> None:
    # y = c - d V^2 and z = s (V - V_rest) leave -V^3 - 2 V^2 - 4 V - 5.4 = 0 without input.
    (rest,) = (r.real for r in np.roots([-1.0, -2.0, -4.0, -5.4]) if abs(r.imag) < 1e-9)
    run = recorded(iso.init_all_states(make(r=0.1)), lambda cell: cell(), 5000)
    assert run["V"][-1, 0] == pytest.approx(rest, abs=1e-6)


def test_without_a_slow_current_it_fires_regularly(backend: str, recorded: Any) -> None:
    fired = np.flatnonzero(recorded(iso.init_all_states(make(r=0.0)), lambda cell: cell(3.1), 2000)["output"][:, 0])
    assert set(np.diff(fired)[2:]) <= {np.diff(fired)[-1] - 1, np.diff(fired)[-1], np.diff(fired)[-1] + 1}


def test_with_it_spikes_come_in_bursts_of_two_with_the_pauses_of_the_equations(recorded: Any) -> None:
    pytest.importorskip("jax")

    def crossing(t: float, y: np.ndarray) -> float:
        return float(y[0] - 1.0)

    crossing.direction = 1.0  # type: ignore[attr-defined]
    start = [-1.6, 1.0 - 5.0 * 1.6**2, 0.0]
    truth = integrate.solve_ivp(
        lambda t, y: slopes(y, 2.0), (0, 1500), start, "LSODA", events=crossing, rtol=1e-9, atol=1e-10
    )
    with iso.environ.context(dt=0.005 * u.ms, backend="jax"):
        fired = recorded(iso.init_all_states(make()), lambda cell: cell(2.0), 300_000)["output"][:, 0]
    intervals, expected = np.diff(np.flatnonzero(fired)) * 0.005, np.diff(truth.t_events[0])
    np.testing.assert_allclose(np.sort(intervals[-8:]), np.sort(expected[-8:]), rtol=0.08)
    assert intervals[-8:].max() > 6 * intervals[-8:].min()


def test_a_slow_current_that_grows_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"HindmarshRose\(r=\.\.\.\) is -0\.1"):
        make(r=-0.1)
