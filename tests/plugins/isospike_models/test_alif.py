"""ALIF: its adaptation, its threshold and the interval that it settles at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import isospike as iso
from isospike import units as u

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(size: int = 3, **parameters: Any) -> Any:
    given = {"tau": 10 * u.ms, "tau_a": 80 * u.ms, "beta": 2 * u.mV, "V_th": 15 * u.mV, "V_reset": -5 * u.mV}
    return iso.init_all_states(iso.ALIF(size, **{**given, **parameters}))


CURRENT = np.array([12.0, 25.0, 90.0])


@pytest.mark.parametrize("reset", ["soft", "hard"])
def test_a_run_is_that_of_a_loop_by_hand(backend: str, recorded: Any, reset: str) -> None:
    run = recorded(make(spk_reset=reset), lambda cell: cell(CURRENT * u.mA), 1500)
    V, a, fired = np.zeros(3), np.zeros(3), np.zeros(3, bool)
    for k in range(1500):
        V = np.where(fired, V - 20.0 if reset == "soft" else -5.0, V)
        V = CURRENT + (V - CURRENT) * np.exp(-0.1 / 10.0)
        a = (a + fired) * np.exp(-0.1 / 80.0)
        fired = 15.0 + 2.0 * a <= V
        assert (run["output"][k] == fired).all()
        np.testing.assert_allclose([run["V"][k], run["a"][k]], [V, a], rtol=1e-9)
    assert (run["output"].sum(axis=0)[1:] > 5).all()


def test_intervals_settle_where_the_membrane_meets_the_adapted_threshold(numpy_backend: None, recorded: Any) -> None:
    cell = make(1, spk_reset="hard", V_initializer=-5 * u.mV)
    with iso.environ.context(dt=0.01 * u.ms):
        run = recorded(cell, lambda cell: cell(40 * u.mA), 80_000)

    def gap(T: float) -> float:
        adapted = np.exp(-T / 80.0) / (1.0 - np.exp(-T / 80.0))  # a sum over all spikes before
        return float(40.0 - 45.0 * np.exp(-T / 10.0) - 15.0 - 2.0 * adapted)

    intervals = np.diff(np.flatnonzero(run["output"][:, 0])) * 0.01
    assert intervals[-1] == pytest.approx(optimize.brentq(gap, 1.0, 500.0), abs=0.02)
    assert intervals[0] < 0.7 * intervals[-1]


def test_without_adaptation_it_is_lif_bit_for_bit(backend: str, recorded: Any) -> None:
    plain = iso.init_all_states(iso.LIF(3, tau=10 * u.ms, V_th=15 * u.mV, V_reset=-5 * u.mV))
    runs = [recorded(cell, lambda cell: cell(CURRENT * u.mA), 500) for cell in (make(beta=0 * u.mV), plain)]
    assert (runs[0]["V"] == runs[1]["V"]).all()
    assert (runs[0]["output"] == runs[1]["output"]).all()


def test_a_spike_raises_the_threshold_by_beta_from_the_next_step_on(backend: str, host: Host) -> None:
    cell = make(1, spk_reset="hard", beta=100 * u.mV)
    for jump in (16.0, 21.0, 110.0):
        cell.add_delta_input(jump * u.mV)
        cell()
    # 16 mV spikes; then -5 + 21 = 16 mV is below 115 mV; then 16 + 110 mV is above it.
    assert host(cell.get_spike())[0] == 1
    assert host(cell.a.value)[0] == pytest.approx(np.exp(-0.2 / 80.0), rel=1e-12)
