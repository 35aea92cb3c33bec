"""QuaIF: its closed form, its rheobase, its f-I curve and its reset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError

Host = Callable[[Any], np.ndarray]
MIDDLE, HALF = -57.5, 7.5  # of V_rest = -65 and V_c = -50 mV


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(size: int = 1, **parameters: Any) -> Any:
    return iso.QuaIF(size, **parameters)


def period(current: float) -> float:
    """Return the time from -68 to -30 mV, of tau V' = c (V - MIDDLE)^2 + (R I - c HALF^2)."""
    excess = current - 0.07 * HALF**2
    root = np.sqrt(0.07 * excess)
    angles = np.arctan(0.07 * (np.array([-68.0, -30.0]) - MIDDLE) / root)
    return float(10.0 / root * (angles[1] - angles[0]))


def test_potential_converges_with_second_order(numpy_backend: None, converging: Any) -> None:
    def slopes(y: np.ndarray) -> Any:
        return [(0.07 * (y[0] + 65.0) * (y[0] + 50.0) + 10.0) / 10.0]

    error = converging(make, lambda cell: cell(10 * u.mA), slopes, [-65.0], 15.0, (0.2, 0.1, 0.05), order=2)
    assert error < 1e-3


def test_potential_relaxes_by_the_closed_form_of_the_logistic(numpy_backend: None, recorded: Any) -> None:
    cell = iso.init_all_states(make(V_initializer=-55 * u.mV))
    with iso.environ.context(dt=0.01 * u.ms):
        V = recorded(cell, lambda cell: cell(), 3000)["V"][:, 0]
    rate = 0.07 * 15.0 / 10.0
    left = (V + 65.0) / (V + 50.0)  # decays by the difference of the roots
    np.testing.assert_allclose(left, 10.0 / -5.0 * np.exp(-rate * 0.01 * np.arange(1, 3001)), rtol=1e-4)


@pytest.mark.parametrize("current", [4.5, 10.0, 60.0])
def test_period_is_that_of_the_f_i_curve_within_a_step(numpy_backend: None, recorded: Any, current: float) -> None:
    with iso.environ.context(dt=0.01 * u.ms):
        fired = recorded(iso.init_all_states(make()), lambda cell: cell(current * u.mA), 30_000)["output"][:, 0]
    intervals = np.diff(np.flatnonzero(fired)) * 0.01
    assert len(intervals) > 0
    assert set(np.round((intervals - period(current)) / 0.01 + 0.5)) <= {0, 1, 2}


def test_rheobase_is_where_the_parabola_touches_zero(numpy_backend: None, host: Host) -> None:
    cell = iso.init_all_states(make(2))
    current = np.array([0.995, 1.005]) * 0.07 * HALF**2 * u.mA
    spiked = host(iso.transform.for_loop(lambda: cell(current), length=20_000))
    assert spiked.sum(axis=0)[0] == 0
    assert spiked.sum(axis=0)[1] > 0


def test_reset_sets_V_whatever_the_overshoot(backend: str, host: Host) -> None:
    cell = iso.init_all_states(make())
    cell.add_delta_input(90 * u.mV)
    assert host(cell())[0] == 1
    cell()
    x = 0.1 * 0.07 * (2 * -68.0 + 115.0) / 10.0  # dt times the slope of the drift at reset
    expected = -68.0 + 0.1 * np.expm1(x) / x * 0.07 * (-3.0 * -18.0) / 10.0
    assert host(cell.V.value)[0] == pytest.approx(expected, rel=1e-12)


def test_a_reset_to_the_peak_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"QuaIF\(V_th=-30.*V_reset=-30.*equal"):
        make(V_reset=-30 * u.mV)
