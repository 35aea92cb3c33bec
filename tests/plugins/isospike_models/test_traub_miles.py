"""TraubMilesHH: its equations against independent integrations of them, its gates, its crossings and its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning, UnitError

Host = Callable[[Any], np.ndarray]
CURRENT = np.array([0.0, 200.0, 650.0])


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(size: int = 3, **parameters: Any) -> Any:
    return iso.init_all_states(iso.TraubMilesHH(size, **parameters))


def drive(cell: Any) -> Any:
    return cell(CURRENT * u.pA)


def rates(V: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rates of opening and closing of m, h, n per ms, as Traub and Miles write them."""
    v = V + 63.0
    opening = [
        0.32 * (13.0 - v) / (np.exp((13.0 - v) / 4.0) - 1.0),
        0.128 * np.exp((17.0 - v) / 18.0),
        0.032 * (15.0 - v) / (np.exp((15.0 - v) / 5.0) - 1.0),
    ]
    closing = [
        0.28 * (v - 40.0) / (np.exp((v - 40.0) / 5.0) - 1.0),
        4.0 / (1.0 + np.exp((40.0 - v) / 5.0)),
        0.5 * np.exp((10.0 - v) / 40.0),
    ]
    return np.array(opening), np.array(closing)


def steady(V: np.ndarray) -> np.ndarray:
    opening, closing = rates(V)
    return opening / (opening + closing)


def relaxed(opening: np.ndarray, closing: np.ndarray, gates: np.ndarray) -> np.ndarray:
    """Return the gates 0.1 ms later at constant rates."""
    final = opening / (opening + closing)
    return final + (gates - final) * np.exp(-0.1 * (opening + closing))


def slopes(y: np.ndarray, current: np.ndarray) -> np.ndarray:
    V, m, h, n = y
    opening, closing = rates(V)
    sodium, potassium = 20000.0 * m**3 * h * (50.0 - V), 6000.0 * n**4 * (-90.0 - V)
    dV = (10.0 * (-60.0 - V) + sodium + potassium + current) / 200.0
    return np.array([dV, *(opening * (1.0 - y[1:]) - closing * y[1:])])


def runge_kutta(current: np.ndarray, n_steps: int, dt: float) -> np.ndarray:
    """Return V, m, h and n every 0.1 ms, by the classical scheme of fourth order with steps of dt."""
    y, kept = np.array([np.full(current.shape, -60.0), *steady(np.full(current.shape, -60.0))]), []
    for _ in range(n_steps):
        for _ in range(round(0.1 / dt)):
            a = slopes(y, current)
            b = slopes(y + 0.5 * dt * a, current)
            c = slopes(y + 0.5 * dt * b, current)
            d = slopes(y + dt * c, current)
            y = y + dt / 6.0 * (a + 2.0 * b + 2.0 * c + d)
        kept.append(y)
    return np.array(kept)


def test_one_step_is_the_exact_solution_of_the_linearised_equations(backend: str, recorded: Any) -> None:
    run = recorded(make(gates="zero"), drive, 600)
    V, gates, current = np.full(3, -60.0), np.zeros((3, 3)), CURRENT
    for k in range(600):
        m, h, n = gates
        conductance = 10.0 + 20000.0 * m**3 * h + 6000.0 * n**4
        drawn = 10.0 * -60.0 + 20000.0 * m**3 * h * 50.0 + 6000.0 * n**4 * -90.0 + current
        opening, closing = rates(V)
        V = drawn / conductance + (V - drawn / conductance) * np.exp(-0.1 * conductance / 200.0)
        gates = relaxed(opening, closing, gates)
        np.testing.assert_allclose(run["V"][k], V, rtol=1e-7)
        np.testing.assert_allclose([run[x][k] for x in "mhn"], gates, rtol=1e-7, atol=1e-10)
    assert (run["output"].sum(axis=0)[1:] >= 2).all()


def test_potential_converges_to_the_solution_of_the_equations(numpy_backend: None, recorded: Any) -> None:
    truth = runge_kutta(CURRENT, 120, 0.0025)
    errors = []
    for dt in (0.01, 0.005, 0.0025):
        with iso.environ.context(dt=dt * u.ms):
            V = recorded(make(), drive, round(12.0 / dt))["V"][round(0.1 / dt) - 1 :: round(0.1 / dt)]
        errors.append(np.abs(V - truth[:, 0]).mean(axis=0)[1:])
    assert (errors[-1] < 0.3).all()
    for coarse, fine in pairwise(errors):
        np.testing.assert_allclose(coarse / fine, 2.0, rtol=0.15)  # a scheme of first order


@pytest.mark.parametrize(("dt", "rate"), [(0.1, 90), (0.02, 97)])
def test_rate_at_650_pA_is_that_of_its_step_size(numpy_backend: None, host: Host, dt: float, rate: int) -> None:
    cell = make(1)
    with iso.environ.context(dt=dt * u.ms):
        assert host(iso.transform.for_loop(lambda: cell(0.65 * u.nA), length=round(1000 / dt))).sum() == rate


def test_gates_start_where_they_would_stay(backend: str, recorded: Any) -> None:
    start = np.array([-75.0, -50.0, -23.0, -48.0, -60.0])  # three of them singular points of the rates
    cell = make(5, V_initializer=(start + 1e-9) * u.mV)
    expected = steady(start + 1e-9)
    np.testing.assert_allclose([x.value for x in (cell.m, cell.h, cell.n)], expected, rtol=1e-6)
    first = recorded(make(5, V_initializer=start * u.mV), lambda cell: cell(), 1)
    np.testing.assert_allclose([first[x][0] for x in "mhn"], expected, rtol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_rates_are_smooth_through_their_singular_points(backend: str, host: Host, precision: str) -> None:
    near = np.array([-1e-3, -1e-5, 0.0, 1e-5, 1e-3])
    with iso.environ.context(precision=precision):
        for point, gate, way in ((-50.0, 0, 0), (-23.0, 0, 1), (-48.0, 2, 0)):
            cell = make(5, V_initializer=(point + near) * u.mV)
            value = host(cell.rates(cell.V.value)[gate][way])
            middle = {-50.0: 1.28, -23.0: 1.4, -48.0: 0.16}[point]
            assert value[2] == pytest.approx(middle, rel=1e-6)
            np.testing.assert_allclose(value, middle, rtol=5e-4)


def test_a_spike_is_an_upward_crossing_and_lasts_one_step(backend: str, recorded: Any) -> None:
    run = recorded(make(), drive, 1000)
    V = np.concatenate([np.full((1, 3), -60.0), run["V"]])
    crossed = (V[:-1] < -20) & (V[1:] >= -20)
    assert crossed.sum(axis=0).tolist()[1:] == [5, 9]
    assert (run["output"] == crossed).all()


def test_a_cell_that_starts_above_threshold_has_not_crossed_it(backend: str, host: Host) -> None:
    cell = make(1, V_initializer=0 * u.mV)
    assert host(cell.get_spike())[0] == 0
    assert host(cell())[0] == 0


def test_a_jump_across_the_threshold_is_a_spike(backend: str, host: Host) -> None:
    cell = make(1)
    cell.add_delta_input(100 * u.mV)
    assert host(cell())[0] == 1
    assert host(cell())[0] == 0


def test_conductances_of_projections_enter_the_potential(backend: str, host: Host) -> None:
    post = iso.TraubMilesHH(2)
    proj = iso.AlignPostProj(
        comm=iso.AllToAll(1, 2, 6 * u.nS), syn=iso.Expon.desc(tau=5 * u.ms), out=iso.COBA.desc(E=0 * u.mV), post=post
    )
    iso.init_all_states(proj)
    m, h, n = steady(np.array(-60.0))
    proj(np.ones(1))
    post()
    conductance = 10.0 + 6.0 + 20000.0 * m**3 * h + 6000.0 * n**4
    V = (10.0 * -60.0 + 20000.0 * m**3 * h * 50.0 + 6000.0 * n**4 * -90.0) / conductance
    V = V + (-60.0 - V) * np.exp(-0.1 * conductance / 200.0)
    np.testing.assert_allclose(host(post.V.value), [V] * 2, rtol=1e-12)


def test_forward_euler_is_one_explicit_step(backend: str, recorded: Any) -> None:
    run = recorded(make(method="euler"), drive, 1)
    y = np.array([np.full(3, -60.0), *steady(np.full(3, -60.0))])
    np.testing.assert_allclose(np.array([run[x][0] for x in "Vmhn"]), y + 0.1 * slopes(y, CURRENT), rtol=1e-12)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"C": 1 * u.mS}, UnitError, r"TraubMilesHH\(C=\.\.\.\).*mS.*pF"),
        ({"C": 0 * u.pF}, ParameterError, r"TraubMilesHH\(C=\.\.\.\) is 0 pF.*positive"),
        ({"g_Na": -1 * u.nS}, ParameterError, r"TraubMilesHH\(g_Na=\.\.\.\) is -1 nS"),
        ({"V_th": -60 * u.mV}, ParameterError, r"V_th=-60.*E_L=-60.*equal"),
        ({"gates": "open"}, ParameterError, r"gates=\.\.\.\) is 'open'.*'steady' or 'zero'"),
        ({"V_initializer": 0 * u.ms}, UnitError, r"V_initializer=\.\.\.\).*ms.*mV"),
    ],
)
def test_a_wrong_parameter_is_refused_when_the_cell_is_built(
    parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        iso.TraubMilesHH(3, **parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"V_th": 60 * u.mV}, r"V_th=60.*E_Na = 50.*no action potential"),
        ({"C": 200 * u.nF}, r"C.*200000 pF.*prefix"),
        ({"g_Na": 20 * u.siemens}, r"g_Na.*nS"),
    ],
)
def test_a_likely_slip_warns_when_the_cell_is_built(parameters: dict[str, Any], message: str) -> None:
    with pytest.warns(PlausibilityWarning, match=message):
        iso.TraubMilesHH(3, **parameters)
