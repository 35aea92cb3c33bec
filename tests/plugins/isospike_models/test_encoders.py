"""Encoders: values come back from the spikes that they become."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError

Host = Callable[[Any], np.ndarray]
X = np.array([0.0, 0.1, 0.35, 0.5, 0.8, 1.0])
MAKE: dict[str, Callable[[], Any]] = {
    "RateEncoder": lambda: iso.RateEncoder(6),
    "PoissonEncoder": lambda: iso.PoissonEncoder(6, max_rate=2000 * u.Hz),
    "LatencyEncoder": lambda: iso.LatencyEncoder(6, duration=2 * u.ms),
    "log": lambda: iso.LatencyEncoder(6, duration=5 * u.ms, tau=2 * u.ms, threshold=0.2, method="log"),
    "DeltaEncoder": lambda: iso.DeltaEncoder(6, threshold=0.04),
}


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64", seed=3):
        yield


def spikes(encoder: Any, x: Any, n_steps: int, host: Host, batch_size: int | None = None) -> np.ndarray:
    iso.init_all_states(encoder, batch_size)
    return host(iso.transform.for_loop(lambda: encoder(x), length=n_steps))


def test_every_encoder_is_tested() -> None:
    assert set(iso.registry.names("encoders")) == set(MAKE) - {"log"}


@pytest.mark.parametrize("name", MAKE)
def test_exact_numerics_has_the_same_spikes_on_every_backend(same_bits: Any, name: str) -> None:
    run = same_bits(MAKE[name], lambda encoder: encoder(X))["float32"]["output"]
    assert run.any()
    assert set(np.unique(run)) == {0, 1}


@pytest.mark.parametrize("name", MAKE)
def test_a_batch_is_encoded_row_by_row(backend: str, host: Host, name: str) -> None:
    alone = spikes(MAKE[name](), X, 60, host)
    both = spikes(MAKE[name](), np.stack([X, X[::-1]]), 60, host, batch_size=2)
    assert (both[:, 0] == alone).all()
    assert both.shape == (60, 2, *alone.shape[1:])
    if name in ("LatencyEncoder", "log", "DeltaEncoder"):
        assert (both[:, 1, ::-1] == alone).all()


def test_the_mean_of_rate_coded_spikes_is_the_value(numpy_backend: None, host: Host) -> None:
    mean = spikes(MAKE["RateEncoder"](), X, 20_000, host).mean(0)
    assert mean[[0, -1]].tolist() == [0, 1]
    np.testing.assert_allclose(mean, X, atol=4 * 0.5 / np.sqrt(20_000))
    outside = spikes(iso.RateEncoder(2), np.array([-0.5, 1.5]), 100, host)
    assert outside.mean(0).tolist() == [0, 1]


@pytest.mark.parametrize("dt", [0.1, 0.4])
def test_a_poisson_code_has_the_rate_of_the_value_whatever_dt(numpy_backend: None, host: Host, dt: float) -> None:
    with iso.environ.context(dt=dt * u.ms):
        got = spikes(iso.PoissonEncoder(6, max_rate=500 * u.Hz), X, 20_000, host).mean(0)
    p = 1 - np.exp(-0.5 * dt * X)
    assert got[0] == 0
    assert (abs(got - p) <= 4 * np.sqrt(p * (1 - p) / 20_000)).all()


def test_one_spike_comes_the_earlier_the_greater_the_value(backend: str, host: Host) -> None:
    run = spikes(MAKE["LatencyEncoder"](), X, 40, host)
    assert run.sum(0).tolist() == [0, 1, 1, 1, 1, 1]
    assert run.argmax(0)[1:].tolist() == [18, 13, 10, 4, 0]


def test_a_logarithmic_latency_is_that_of_a_leaky_cell(backend: str, host: Host) -> None:
    run = spikes(MAKE["log"](), X, 80, host)
    assert run.sum(0).tolist() == [0, 0, 1, 1, 1, 1]
    expected = 20 * np.log(X[2:] / (X[2:] - 0.2))
    assert run.argmax(0)[2:].tolist() == np.rint(expected).tolist()


def test_a_latency_code_starts_again_where_states_are_reset(numpy_backend: None, host: Host) -> None:
    encoder = MAKE["LatencyEncoder"]()
    first = spikes(encoder, X, 40, host)
    iso.reset_all_states(encoder)
    assert (host(iso.transform.for_loop(lambda: encoder(X), length=40)) == first).all()


def test_changes_follow_a_signal_to_within_the_threshold(backend: str, host: Host) -> None:
    t = np.arange(400)
    signal = np.stack([np.sin(t / 40), np.cos(t / 70) - 1], axis=1) * u.mV
    encoder = iso.init_all_states(iso.DeltaEncoder(2, threshold=0.05 * u.mV))
    run = host(iso.transform.for_loop(lambda x: encoder(x), signal))
    assert run.shape == (400, 2, 2)
    assert not run.prod(-1).any()
    followed = 0.05 * np.cumsum(run[..., 0] - run[..., 1], axis=0)
    assert abs(followed - host(signal)).max() <= 0.05 + 1e-12
    assert run.sum() > 50


def test_a_layer_behind_an_encoder_is_trained(host: Host) -> None:
    pytest.importorskip("jax")
    with iso.environ.context(backend="jax", dt=0.1 * u.ms):
        encoder, layer = iso.init_all_states(iso.RateEncoder(6)), iso.init_all_states(iso.Linear(6, 1, w_init=0.5))
        total = lambda: iso.math.sum(iso.transform.for_loop(lambda: layer(encoder(X)), length=50))  # noqa: E731
        slope = host(iso.transform.grad(total, [layer.weight])()[0])
    assert slope[[0, -1], 0].tolist() == [0, 50]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: iso.PoissonEncoder(3, max_rate=0 * u.Hz), r"PoissonEncoder\(max_rate=\.\.\.\) is 0"),
        (lambda: iso.LatencyEncoder(3, method="exp"), r"LatencyEncoder\(method=\.\.\.\) is 'exp'.*linear"),
        (lambda: iso.DeltaEncoder(3, threshold=0.0), r"DeltaEncoder\(threshold=\.\.\.\) is 0"),
    ],
)
def test_a_wrong_parameter_is_refused_when_it_is_built(make: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()
