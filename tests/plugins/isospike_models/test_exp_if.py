"""ExpIF and ExpIFRef: their rheobase, their f-I curve, their steps and their checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import integrate

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning

Host = Callable[[Any], np.ndarray]
KINDS = pytest.mark.parametrize("kind", ["ExpIF", "ExpIFRef"])


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(kind: str = "ExpIF", size: int = 1, **parameters: Any) -> Any:
    return iso.init_all_states(getattr(iso, kind)(size, **parameters))


def drift(V: Any, current: Any) -> Any:
    """Return dV/dt in mV/ms of the cell of the paper, at so many mA through 1 ohm."""
    return (-65.0 - V + 3.48 * np.exp((V + 59.9) / 3.48) + current) / 10.0


def period(current: float) -> float:
    return float(integrate.quad(lambda V: 1.0 / drift(V, current), -68.0, -30.0, epsabs=1e-11, limit=200)[0])


@pytest.mark.parametrize("current", [2.0, 5.0, 30.0])
def test_period_converges_to_the_f_i_curve(numpy_backend: None, recorded: Any, current: float) -> None:
    errors = []
    for dt in (0.02, 0.01, 0.005):
        with iso.environ.context(dt=dt * u.ms):
            fired = np.flatnonzero(recorded(make(), lambda cell: cell(current * u.mA), round(300 / dt))["output"][:, 0])
        errors.append(np.diff(fired).mean() * dt - period(current))
    assert 0 < errors[2] < 0.06
    assert errors[1] < 0.7 * errors[0]
    assert errors[2] < 0.7 * errors[1]


def test_rheobase_is_where_the_drift_touches_zero(numpy_backend: None, host: Host) -> None:
    rheobase = (-59.9 + 65.0) - 3.48  # V_T - V_rest - delta_T, over 1 ohm
    cell = make(size=2)
    current = np.array([rheobase - 0.02, rheobase + 0.02]) * u.mA
    spiked = host(iso.transform.for_loop(lambda: cell(current), length=8000))
    assert spiked.sum(axis=0)[0] == 0
    assert spiked.sum(axis=0)[1] > 0


@pytest.mark.parametrize(("kind", "steps"), [("ExpIF", 0), ("ExpIFRef", 0), ("ExpIFRef", 17)])
def test_a_run_is_that_of_a_loop_by_hand(backend: str, recorded: Any, kind: str, steps: int) -> None:
    parameters = {"tau_ref": steps * 0.1 * u.ms} if kind == "ExpIFRef" else {}
    current = np.array([0.0, 10.0, 25.0])
    run = recorded(make(kind, 3, **parameters), lambda cell: cell(current * u.mA), 800)
    V, fired, left = np.full(3, -65.0), np.zeros(3, bool), np.zeros(3, int)
    for k in range(800):
        V = np.where(fired, -68.0, V)
        V_inf = -65.0 + 3.48 * np.exp((V + 59.9) / 3.48) + current
        V = np.where(left > 0, V, V_inf + (V - V_inf) * np.exp(-0.1 / 10.0))
        fired = (V >= -30.0) & (left == 0)
        left = np.where(fired, steps, np.maximum(left - 1, 0))
        assert (run["output"][k] == fired).all()
        between = V < -50.0  # in the upstroke roundings grow
        np.testing.assert_allclose(run["V"][k][between], V[between], rtol=1e-7)
    assert (run["output"].sum(axis=0)[1:] > 2).all()


def test_refractory_period_is_1_7_ms_by_default(backend: str, host: Host) -> None:
    cell = make("ExpIFRef")
    fired = np.flatnonzero(host(iso.transform.for_loop(lambda: cell(100 * u.amp), length=100))[:, 0])
    assert set(np.diff(fired)) == {18}


@KINDS
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"V_reset": -30 * u.mV}, r"V_th=-30.*V_reset=-30.*equal"),
        ({"delta_T": 0.3 * u.mV}, r"V_th=-30.*delta_T=0\.3.*overflows.*lower V_th"),
    ],
)
def test_a_wrong_parameter_is_refused_when_the_cell_is_built(
    kind: str, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=kind + r"\(" + message):
        make(kind, **parameters)


def test_a_cell_that_starts_above_the_peak_warns() -> None:
    with pytest.warns(PlausibilityWarning, match=r"ExpIF\(V_th=.*the initial potential 0 mV lies above the threshold"):
        iso.ExpIF(1, V_initializer=0 * u.mV)
