"""HH: the rates of the squid axon, its equations, its rest and its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning, UnitError

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(size: int = 1, **parameters: Any) -> Any:
    return iso.HH(size, **parameters)


def rates(v: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return opening and closing of m, h, n as Hodgkin and Huxley write them: their V falls as the cell depolarises."""
    V = -(v + 65.0)
    opening = [
        0.1 * (V + 25.0) / (np.exp((V + 25.0) / 10.0) - 1.0),
        0.07 * np.exp(V / 20.0),
        0.01 * (V + 10.0) / (np.exp((V + 10.0) / 10.0) - 1.0),
    ]
    closing = [4.0 * np.exp(V / 18.0), 1.0 / (np.exp((V + 30.0) / 10.0) + 1.0), 0.125 * np.exp(V / 80.0)]
    return np.array(opening), np.array(closing)


def steady(v: Any) -> np.ndarray:
    opening, closing = rates(v)
    return np.asarray(opening / (opening + closing))


def ions(V: Any, m: Any, h: Any, n: Any) -> Any:
    return 0.3 * (-54.387 - V) + 120.0 * m**3 * h * (50.0 - V) + 36.0 * n**4 * (-77.0 - V)


def slopes(current: float) -> Callable[[np.ndarray], list[float]]:
    def right_hand_side(y: np.ndarray) -> list[float]:
        opening, closing = rates(y[0])
        return [ions(*y) + current, *(opening * (1.0 - y[1:]) - closing * y[1:])]

    return right_hand_side


def rate(recorded: Any, currents: list[float], seconds: float) -> np.ndarray:
    """Return the spikes per second after the first 500 ms, at dt = 0.01 ms."""
    cell = iso.init_all_states(make(len(currents)))
    with iso.environ.context(dt=0.01 * u.ms, backend="jax"):
        run = iso.transform.for_loop(lambda: cell(np.array(currents) * u.uA), length=round(100_000 * (0.5 + seconds)))
    return np.asarray(run)[50_000:].sum(axis=0) / seconds


def test_rates_are_those_of_the_squid_axon(numpy_backend: None, recorded: Any) -> None:
    pytest.importorskip("jax")
    found = rate(recorded, [6.2, 6.3, 10.0, 20.0, 30.0], 2.0)
    assert found[0] == 0
    np.testing.assert_allclose(found[1:], [52, 68, 86, 98], atol=1.0)


@pytest.mark.slow
def test_where_firing_without_end_begins_is_the_same_on_every_backend(backend: str, host: Host) -> None:
    cell = iso.init_all_states(make(2))
    with iso.environ.context(dt=0.01 * u.ms):
        fired = host(iso.transform.for_loop(lambda: cell(np.array([6.2, 6.3]) * u.uA), length=150_000))
    np.testing.assert_allclose(fired[50_000:].sum(axis=0), [0, 52], atol=1)


@pytest.mark.parametrize("current", [0.0, 10.0])
def test_potential_converges_to_the_solution_of_the_equations(
    numpy_backend: None, converging: Any, current: float
) -> None:
    start = [-65.0, *steady(-65.0)] if current else [-60.0, *steady(-60.0)]
    error = converging(
        lambda: make(V_initializer=start[0] * u.mV),
        lambda cell: cell(current * u.uA),
        slopes(current),
        start,
        10.0,
        (0.01, 0.005, 0.0025),
    )
    assert error < 0.3


def test_rest_is_65_mV_below_zero(backend: str, recorded: Any) -> None:
    rest = optimize.brentq(lambda V: ions(V, *steady(V)), -66.0, -64.0)
    run = recorded(iso.init_all_states(make(V_initializer=-66 * u.mV)), lambda cell: cell(), 2000)
    assert rest == pytest.approx(-65.0, abs=0.01)
    assert run["V"][-1, 0] == pytest.approx(rest, abs=1e-6)


def test_one_step_is_the_exact_solution_of_the_linearised_equations(backend: str, recorded: Any) -> None:
    current = np.array([0.0, 10.0, 30.0])
    with iso.environ.context(dt=0.02 * u.ms):
        run = recorded(iso.init_all_states(make(3)), lambda cell: cell(current * u.uA), 500)
    V = np.full(3, -65.0)
    gates = steady(V)
    for k in range(500):
        m, h, n = gates
        conductance = 0.3 + 120.0 * m**3 * h + 36.0 * n**4
        V_inf = V + (ions(V, m, h, n) + current) / conductance
        opening, closing = rates(V)
        final = opening / (opening + closing)
        gates = final + (gates - final) * np.exp(-0.02 * (opening + closing))
        V = V_inf + (V - V_inf) * np.exp(-0.02 * conductance)
        np.testing.assert_allclose(run["V"][k], V, rtol=1e-7)
        np.testing.assert_allclose([run[x][k] for x in "mhn"], gates, rtol=1e-7)
    assert (run["output"].sum(axis=0) == [0, 1, 1]).all()


def test_rates_are_smooth_through_their_singular_points(backend: str, recorded: Any) -> None:
    near = [
        recorded(
            iso.init_all_states(make(2, V_initializer=np.array([-40.0, -55.0]) * u.mV + e * u.mV)), lambda c: c(), 1
        )
        for e in (0.0, 1e-9)
    ]
    for state in "Vmhn":
        np.testing.assert_allclose(near[0][state], near[1][state], rtol=1e-8)


def test_a_spike_is_an_upward_crossing_and_lasts_one_step(backend: str, recorded: Any) -> None:
    with iso.environ.context(dt=0.02 * u.ms):
        run = recorded(iso.init_all_states(make()), lambda cell: cell(20 * u.uA), 2000)
    V = np.concatenate([[[-65.0]], run["V"]])
    assert (run["output"] == ((V[:-1] < 0.0) & (V[1:] >= 0.0))).all()
    assert run["output"].sum() == 4


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"C": 1 * u.mV}, UnitError, r"HH\(C=\.\.\.\).*mV.*uF"),
        ({"g_L": -1 * u.mS}, ParameterError, r"HH\(g_L=\.\.\.\) is -1 mS"),
        ({"V_th": -54.387 * u.mV}, ParameterError, r"V_th=-54\.387.*E_L=-54\.387.*equal"),
    ],
)
def test_a_wrong_parameter_is_refused_when_the_cell_is_built(
    parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make(**parameters)


def test_a_threshold_that_no_spike_reaches_warns() -> None:
    with pytest.warns(PlausibilityWarning, match=r"V_th does not lie between E_L and E_Na = 50.*V_th=0 \* u\.mV"):
        make(V_th=55 * u.mV)
