"""LI: the closed form of its potential, and that it has no spikes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def test_potential_under_constant_current_is_the_closed_form(backend: str, host: Host) -> None:
    current = np.array([-3.0, 0.0, 80.0])
    cell = iso.init_all_states(iso.LI(3, tau=12 * u.ms, R=2 * u.ohm, V_rest=-60 * u.mV, V_initializer=-75 * u.mV))
    V = host(iso.transform.for_loop(lambda: cell(current * u.mA), length=1000))
    V_inf = -60.0 + 2.0 * current
    decay = np.exp(-np.arange(1, 1001)[:, None] * 0.1 / 12.0)
    np.testing.assert_allclose(V, V_inf + (-75.0 - V_inf) * decay, rtol=1e-12)


def test_it_is_the_leaky_rate_readout_with_a_linear_layer_before_it(backend: str, host: Host) -> None:
    weights = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]])
    trains = np.random.default_rng(0).integers(0, 2, (50, 3)).astype(float)
    linear, readout = iso.Linear(3, 2, weights * u.mV), iso.LI(2, tau=5 * u.ms)
    iso.init_all_states(linear)
    iso.init_all_states(readout)

    def step(train: Any) -> Any:
        readout.add_delta_input(linear(train))
        return readout()

    found = host(iso.transform.for_loop(step, trains))
    r = np.zeros(2)
    for k in range(50):
        r = np.exp(-0.1 / 5.0) * r + trains[k] @ weights
        np.testing.assert_allclose(found[k], r, rtol=1e-12, atol=1e-12)


def test_it_is_no_source_of_a_projection(numpy_backend: None) -> None:
    cell = iso.init_all_states(iso.LI(2))
    with pytest.raises(TypeError, match=r"LI 'LI' does not spike"):
        cell.get_spike()
