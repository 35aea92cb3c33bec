"""LeakyRateReadout: its recursion, its units, and that it can be trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ShapeError
from isospike.select import get_backend

Host = Callable[[Any], np.ndarray]
WEIGHTS = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]])
TRAINS = np.random.default_rng(0).integers(0, 2, (50, 2, 3)).astype(float)
TAUS = np.array([5.0, 20.0])


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize("weights", [WEIGHTS, WEIGHTS * u.nS], ids=["numbers", "nS"])
def test_it_decays_and_adds_the_weighted_spikes(backend: str, host: Host, batch_size: int | None, weights: Any) -> None:
    readout = iso.init_all_states(iso.LeakyRateReadout(3, 2, TAUS * u.ms, weights), batch_size=batch_size)
    trains = TRAINS if batch_size else TRAINS[:, 0]
    found = iso.transform.for_loop(readout, trains)
    assert u.split(found)[1] == u.split(weights)[1]
    r = np.zeros((*trains.shape[1:-1], 2))
    for k in range(50):
        r = np.exp(-0.1 / TAUS) * r + trains[k] @ WEIGHTS
        np.testing.assert_allclose(host(found)[k], r, rtol=1e-12, atol=1e-12)


def test_weights_and_leak_have_gradients(backend: str, host: Host) -> None:
    if not (claim := get_backend(backend).capabilities["gradient"]).claimed:
        pytest.skip(f"{backend}: {claim.reason}")
    tau, weight = iso.ParamState(TAUS * u.ms), iso.ParamState(WEIGHTS)
    readout = iso.init_all_states(iso.LeakyRateReadout(3, 2, tau, weight))

    def loss() -> Any:
        iso.reset_all_states(readout)
        return iso.math.sum(iso.transform.for_loop(readout, TRAINS[:, 0])[-1])

    slopes = iso.transform.grad(loss, {"tau": tau, "weight": weight})()
    age = 49 - np.arange(50)[:, None, None]
    decay = np.exp(-0.1 * age / TAUS)
    np.testing.assert_allclose(host(slopes["weight"]), (decay * TRAINS[:, 0, :, None]).sum(axis=0), rtol=1e-12)
    by_tau = ((TRAINS[:, 0] @ WEIGHTS)[:, None] * decay * 0.1 * age / TAUS**2).sum(axis=(0, 1))
    np.testing.assert_allclose(host(slopes["tau"]), by_tau, rtol=1e-9)


def test_spikes_of_another_size_are_refused(numpy_backend: None) -> None:
    with pytest.raises(ShapeError, match=r"shape \(4,\)"):
        iso.init_all_states(iso.LeakyRateReadout(3, 2))(np.ones(4))
