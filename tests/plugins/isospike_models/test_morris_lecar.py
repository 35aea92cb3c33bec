"""MorrisLecar: its equations, and the currents at which rest loses and regains its stability."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import isospike as iso
from isospike import units as u
from isospike.errors import PlausibilityWarning


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(size: int = 1, **parameters: Any) -> Any:
    return iso.MorrisLecar(size, **parameters)


def w_steady(V: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-2.0 * (V - 2.0) / 30.0))


def slopes(y: Any, current: float) -> list[Any]:
    """Return the derivatives, with the hyperbolic functions in exponentials."""
    V, w = y
    m = 1.0 / (1.0 + np.exp(-2.0 * (V + 1.2) / 18.0))
    dV = (2.0 * (-60.0 - V) + 4.4 * m * (120.0 - V) + 8.0 * w * (-84.0 - V) + current) / 20.0
    z = (V - 2.0) / 60.0
    return [dV, 0.04 * 0.5 * (np.exp(z) + np.exp(-z)) * (w_steady(V) - w)]


def fixed_point(current: float) -> np.ndarray:
    V = optimize.brentq(lambda V: slopes((V, w_steady(V)), current)[0], -80.0, 60.0)
    return np.array([V, w_steady(V)])


def growth(current: float) -> float:
    """Return the rate, per ms, at which a small distance from the fixed point grows."""
    y, e = fixed_point(current), 1e-5
    columns = [(np.array(slopes(y + d, current)) - slopes(y - d, current)) / (2 * e) for d in np.eye(2) * e]
    return float(np.linalg.eigvals(np.array(columns).T).real.max())


def test_potential_converges_to_the_solution_of_the_equations(numpy_backend: None, converging: Any) -> None:
    error = converging(
        lambda: make(V_initializer=-20 * u.mV),
        lambda cell: cell(100 * u.uA),
        lambda y: slopes(y, 100.0),
        [-20.0, w_steady(-20.0)],
        80.0,
        (0.1, 0.05, 0.025),
    )
    assert error < 0.2


@pytest.mark.parametrize(("low", "high"), [(93.0, 95.0), (211.0, 213.0)])
def test_rest_changes_its_stability_between_these_currents(recorded: Any, low: float, high: float) -> None:
    pytest.importorskip("jax")
    # Rinzel and Ermentrout: Hopf bifurcations at 93.9 and 212 uA/cm^2.
    hopf = optimize.brentq(growth, low, high)
    assert hopf == pytest.approx(93.86 if low < 100 else 212.02, abs=0.05)
    for current in (low - 3.0, high + 3.0):
        V, w = fixed_point(current)
        cell = iso.init_all_states(make(V_initializer=V * u.mV + 0.1 * u.mV))
        cell.w.value = w
        with iso.environ.context(dt=0.05 * u.ms, backend="jax"):
            distance = np.abs(recorded(cell, lambda cell: cell(current * u.uA), 20_000)["V"][:, 0] - V)  # noqa: B023
        grows = distance[-4000:].max() > distance[:4000].max()
        assert grows == (growth(current) > 0)


def test_it_fires_without_end_between_them_only(numpy_backend: None, recorded: Any) -> None:
    current = np.array([60.0, 100.0, 300.0])
    with iso.environ.context(dt=0.1 * u.ms):
        spiked = recorded(iso.init_all_states(make(3)), lambda cell: cell(current * u.uA), 10_000)["output"]
    late = spiked[5000:].sum(axis=0)
    assert late[0] == late[2] == 0
    assert late[1] > 3


def test_the_warning_names_the_potential_that_it_rises_towards() -> None:
    with pytest.warns(PlausibilityWarning, match=r"MorrisLecar.*between E_L and E_Ca = 120.*V_th=10 \* u\.mV"):
        make(V_th=130 * u.mV)
