"""WangBuzsaki: its equations, its rheobase and its rates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import integrate

import isospike as iso
from isospike import units as u

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(size: int = 1, **parameters: Any) -> Any:
    return iso.WangBuzsaki(size, **parameters)


def gates(V: Any) -> tuple[Any, ...]:
    """Return m in its steady state, and the rates of h and n, as Wang and Buzsaki write them."""
    opening_m = -0.1 * (V + 35.0) / (np.exp(-0.1 * (V + 35.0)) - 1.0)
    m = opening_m / (opening_m + 4.0 * np.exp(-(V + 60.0) / 18.0))
    h = 0.07 * np.exp(-(V + 58.0) / 20.0), 1.0 / (np.exp(-0.1 * (V + 28.0)) + 1.0)
    n = -0.01 * (V + 34.0) / (np.exp(-0.1 * (V + 34.0)) - 1.0), 0.125 * np.exp(-(V + 44.0) / 80.0)
    return m, h, n


def slopes(y: np.ndarray, current: float) -> list[float]:
    V, h, n = y
    m, rates_h, rates_n = gates(V)
    ions = 0.1 * (-65.0 - V) + 35.0 * m**3 * h * (55.0 - V) + 9.0 * n**4 * (-90.0 - V)
    return [
        ions + current,
        *(5.0 * (a * (1.0 - x) - b * x) for x, (a, b) in zip((h, n), (rates_h, rates_n), strict=True)),
    ]


START = [-65.0, *(a / (a + b) for a, b in gates(-65.0)[1:])]


def rate(current: float) -> float:
    """Return the firing rate in Hz between 100 and 300 ms, by an adaptive integration."""

    def crossing(t: float, y: np.ndarray) -> float:
        return float(y[0])

    crossing.direction = 1.0  # type: ignore[attr-defined]
    solution = integrate.solve_ivp(
        lambda t, y: slopes(y, current), (0, 300), START, "LSODA", events=crossing, rtol=1e-9, atol=1e-10
    )
    late = solution.t_events[0][solution.t_events[0] > 100]
    return float(1000.0 / np.diff(late).mean()) if len(late) > 1 else 0.0


def test_potential_converges_to_the_solution_of_the_equations(numpy_backend: None, converging: Any) -> None:
    error = converging(make, lambda cell: cell(2 * u.uA), lambda y: slopes(y, 2.0), START, 12.0, (0.01, 0.005, 0.0025))
    assert error < 0.2


def test_one_step_is_the_exact_solution_with_sodium_activation_as_before_it(backend: str, recorded: Any) -> None:
    cell = iso.init_all_states(make(V_initializer=-40 * u.mV))
    run = recorded(cell, lambda cell: cell(2 * u.uA), 1)
    m, *rates = gates(-40.0)
    h, n = (a / (a + b) for a, b in rates)
    conductance = 0.1 + 35.0 * m**3 * h + 9.0 * n**4
    V_inf = (0.1 * -65.0 + 35.0 * m**3 * h * 55.0 + 9.0 * n**4 * -90.0 + 2.0) / conductance
    assert run["V"][0, 0] == pytest.approx(V_inf + (-40.0 - V_inf) * np.exp(-0.1 * conductance), rel=1e-10)
    np.testing.assert_allclose([run["h"][0, 0], run["n"][0, 0]], [h, n], rtol=1e-10)


def test_rates_are_those_of_the_equations(recorded: Any) -> None:
    pytest.importorskip("jax")
    current = np.array([0.1, 0.5, 1.0, 5.0])
    cell = iso.init_all_states(make(4))
    with iso.environ.context(dt=0.01 * u.ms, backend="jax"):
        fired = recorded(cell, lambda cell: cell(current * u.uA), 30_000)["output"]
    for k, train in enumerate(fired.T):
        late = np.flatnonzero(train[10_000:])
        found = 1000.0 / (np.diff(late).mean() * 0.01) if len(late) > 1 else 0.0
        assert found == pytest.approx(rate(current[k]), rel=0.04)
    assert rate(0.1) == 0.0  # the rheobase of the paper is near 0.16 uA/cm^2
    assert rate(0.5) > 20.0


def test_phi_is_the_factor_of_the_rates(backend: str, recorded: Any) -> None:
    runs = []
    for phi in (1.0, 5.0):
        cell = iso.init_all_states(make(phi=phi, V_initializer=-65 * u.mV))
        cell.V.value = -50 * u.mV
        with iso.environ.context(dt=0.001 * u.ms):
            runs.append(recorded(cell, lambda cell: cell(), 1))
    for name, start in zip("hn", START[1:], strict=True):
        ratio = (runs[1][name][0, 0] - start) / (runs[0][name][0, 0] - start)
        assert ratio == pytest.approx(5.0, rel=1e-2)
