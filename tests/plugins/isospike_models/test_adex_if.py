"""AdExIF and AdExIFRef: their equations against independent integrations, their reset, refractoriness and checks."""

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
# The cell of Brette and Gerstner (2005), in pF, nS, mV, ms, pA.
C, G_L, E_L, V_T, DELTA_T, PEAK, TAU_W, A, B = 281.0, 30.0, -70.6, -50.4, 2.0, 20.0, 144.0, 4.0, 80.5
CELL = {
    "R": 1 / (G_L * u.nS),
    "tau": C / G_L * u.ms,
    "tau_w": TAU_W * u.ms,
    "V_th": PEAK * u.mV,
    "V_rest": E_L * u.mV,
    "V_reset": E_L * u.mV,
    "V_T": V_T * u.mV,
    "delta_T": DELTA_T * u.mV,
    "a": A * u.nS,
    "b": B * u.pA,
    "V_initializer": E_L * u.mV,
}
CURRENT = np.array([500.0, 800.0, 1500.0])
KINDS = pytest.mark.parametrize("kind", ["AdExIF", "AdExIFRef"])


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(kind: str = "AdExIF", size: int = 3, **parameters: Any) -> Any:
    return getattr(iso, kind)(size, **{**CELL, **parameters})


def drive(cell: Any) -> Any:
    return cell(CURRENT * u.pA)


def upstroke(V: Any) -> Any:
    return DELTA_T * np.exp((V - V_T) / DELTA_T)


def slopes(V: Any, w: Any, current: Any) -> tuple[Any, Any]:
    dV = (G_L * (E_L - V) + G_L * upstroke(V) + current - w) / C
    return dV, (A * (V - E_L) - w) / TAU_W


def spike_times(current: float, duration: float, finest: float = 0.002) -> np.ndarray:
    """Return the times at which V passes the peak, by a scheme of fourth order whose steps shrink in the upstroke."""
    V, w, t, times = E_L, 0.0, 0.0, []
    while t < duration:
        h = min(finest, 0.05 / (1.0 + upstroke(V)))
        a = slopes(V, w, current)
        b = slopes(V + 0.5 * h * a[0], w + 0.5 * h * a[1], current)
        c = slopes(V + 0.5 * h * b[0], w + 0.5 * h * b[1], current)
        d = slopes(V + h * c[0], w + h * c[1], current)
        V += h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0])
        w += h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
        t += h
        if V >= PEAK:
            times.append(t)
            V, w = E_L, w + B
    return np.array(times)


def by_hand(n_steps: int, dt: float, tau_ref_steps: int = 0) -> dict[str, np.ndarray]:
    """Return V, w and the spikes of the scheme in a loop over NumPy arrays."""
    V, w, kept = np.full(3, E_L), np.zeros(3), []
    fired, left = np.zeros(3, bool), np.zeros(3, int)
    for _ in range(n_steps):
        V, w = np.where(fired, E_L, V), w + np.where(fired, B, 0.0)
        V_inf = E_L + upstroke(V) + (CURRENT - w) / G_L
        w_inf = A * (V - E_L)
        w = w_inf + (w - w_inf) * np.exp(-dt / TAU_W)
        V = np.where(left > 0, V, V_inf + (V - V_inf) * np.exp(-dt * G_L / C))
        fired = (V >= PEAK) & (left == 0)
        left = np.where(fired, tau_ref_steps, np.maximum(left - 1, 0))
        kept.append((V, w, fired))
    return {name: np.array(x) for name, x in zip(("V", "w", "output"), zip(*kept, strict=True), strict=True)}


@pytest.mark.parametrize(("kind", "tau_ref"), [("AdExIF", 0), ("AdExIFRef", 0), ("AdExIFRef", 23)])
def test_a_run_is_that_of_a_loop_by_hand(backend: str, recorded: Any, kind: str, tau_ref: int) -> None:
    parameters = {"tau_ref": tau_ref * 0.1 * u.ms} if kind == "AdExIFRef" else {}
    run = recorded(iso.init_all_states(make(kind, **parameters)), drive, 1500)
    expected = by_hand(1500, 0.1, tau_ref)
    assert (expected["output"].sum(axis=0)[1:] > 2).all()
    assert (run["output"] == expected["output"]).all()
    np.testing.assert_allclose(run["w"] * 1e9, expected["w"], rtol=1e-6, atol=1e-6)
    between = expected["V"] < V_T  # in the upstroke roundings grow without bound
    np.testing.assert_allclose(run["V"][between], expected["V"][between], rtol=1e-7)


def test_spike_times_converge_to_those_of_the_equations(numpy_backend: None, recorded: Any) -> None:
    truth = [spike_times(current, 100.0) for current in CURRENT[1:]]
    errors = []
    for dt in (0.02, 0.01, 0.005):
        with iso.environ.context(dt=dt * u.ms):
            spiked = recorded(iso.init_all_states(make()), drive, round(100 / dt))["output"][:, 1:]
        times = [(np.flatnonzero(train) + 1) * dt for train in spiked.T]
        assert [len(t) for t in times] == [len(t) for t in truth]
        errors.append(np.array([np.abs(t - exact).mean() for t, exact in zip(times, truth, strict=True)]))
    assert (errors[-1] < 0.15).all()  # over ten spikes, each up to a step late and all delays adding up
    for coarse, fine in pairwise(errors):
        np.testing.assert_allclose(coarse / fine, 2.0, rtol=0.3)  # first order, and times that are multiples of dt


def test_fixed_point_is_that_of_the_equations(backend: str, recorded: Any) -> None:
    with iso.environ.context(dt=1 * u.ms):
        run = recorded(iso.init_all_states(make()), lambda cell: cell(np.array([0.0, 100.0, -200.0]) * u.pA), 3000)
    V, w = run["V"][-1], run["w"][-1] * 1e9
    residual = np.array(slopes(V, w, np.array([0.0, 100.0, -200.0])))
    np.testing.assert_allclose(residual, 0.0, atol=1e-9)
    assert np.abs(w[1:]).min() > 1


def test_adaptation_lengthens_the_intervals(backend: str, host: Host) -> None:
    cell = iso.init_all_states(make())
    fired = np.flatnonzero(host(iso.transform.for_loop(lambda: drive(cell), length=3000))[:, 1])
    assert (np.diff(np.diff(fired)[:4]) > 0).all()


def test_reset_sets_V_and_raises_w_by_b(backend: str, recorded: Any) -> None:
    run = recorded(iso.init_all_states(make()), drive, 600)
    k = np.flatnonzero(run["output"][:, 2])[0]
    w = run["w"][k, 2] * 1e9 + B
    V_inf = E_L + upstroke(E_L) + (1500.0 - w) / G_L
    assert run["V"][k + 1, 2] == pytest.approx(V_inf + (E_L - V_inf) * np.exp(-0.1 * G_L / C), rel=1e-12)
    assert run["w"][k + 1, 2] * 1e9 == pytest.approx(w * np.exp(-0.1 / TAU_W), rel=1e-9)


def test_forward_euler_is_one_explicit_step(backend: str, recorded: Any) -> None:
    run = recorded(iso.init_all_states(make(method="euler", V_initializer=-55 * u.mV)), drive, 1)
    dV, dw = slopes(-55.0, 0.0, CURRENT)
    np.testing.assert_allclose(run["V"][0], -55.0 + 0.1 * dV, rtol=1e-12)
    np.testing.assert_allclose(run["w"][0] * 1e9, [0.1 * dw] * 3, rtol=1e-12)


@pytest.mark.parametrize("steps", [0, 1, 17])
def test_under_strong_input_a_cell_spikes_each_time_its_refractory_steps_are_over(
    backend: str, host: Host, steps: int
) -> None:
    cell = iso.init_all_states(make("AdExIFRef", tau_ref=steps * 0.1 * u.ms))
    fired = np.flatnonzero(host(iso.transform.for_loop(lambda: cell(1 * u.mA), length=200))[:, 0])
    assert set(np.diff(fired)) == {steps + 1}


def test_the_largest_upstroke_stays_finite_in_float32(backend: str, recorded: Any) -> None:
    with iso.environ.context(precision="float32"):
        cell = iso.init_all_states(make(delta_T=0.9 * u.mV, V_initializer=19.9 * u.mV))
        run = recorded(cell, drive, 300)
    assert run["output"][0].all()
    assert np.isfinite(run["V"]).all()
    assert (run["V"][1] < V_T).all()


@KINDS
@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"a": 4 * u.mV}, UnitError, r"\(a=\.\.\.\).*mV.*siemens"),
        ({"delta_T": 0 * u.mV}, ParameterError, r"\(delta_T=\.\.\.\) is 0 mV.*positive"),
        ({"V_reset": 20 * u.mV}, ParameterError, r"V_th=20.*V_reset=20.*equal"),
        ({"delta_T": 0.5 * u.mV}, ParameterError, r"V_th=20.*delta_T=0\.5.*overflows.*lower V_th"),
        ({"spk_reset": "soft"}, iso.errors.UnknownNameError, r"spk_reset"),
    ],
)
def test_a_wrong_parameter_is_refused_when_the_cell_is_built(
    kind: str, parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=kind + r".*" + message):
        make(kind, **parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"V_reset": 30 * u.mV}, r"V_reset = 30.* lies above the threshold"),
        ({"V_initializer": 25 * u.mV}, r"initial potential 25 mV lies above"),
        ({"tau_w": 144 * u.second}, r"tau_w.*144000 ms"),
        ({"a": 4 * u.mS}, r"AdExIF\(R=.*a acts as 1e\+05 times the leak; up to 100 is usual.*a=4 \* u.nS"),
        ({"b": -80 * u.uA}, r"through this R, b acts as 3e\+04 times the step from V_reset to V_th;"),
        ({"R": [1, 1, 1e12] * u.Mohm}, r"a acts as 4e\+09 times the leak and b acts as 9e\+08 times"),
    ],
)
def test_a_likely_slip_warns_when_the_cell_is_built(parameters: dict[str, Any], message: str) -> None:
    with pytest.warns(PlausibilityWarning, match=message):
        make(**parameters)
