"""WhiteNoise: independent normal numbers, whose mean over a time spreads as the equation says, whatever dt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, UnitError

Host = Callable[[Any], np.ndarray]
RATE = u.mV / u.ms


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64", seed=3):
        yield


def make(size: Any = 4, **parameters: Any) -> Any:
    return iso.init_all_states(iso.WhiteNoise(size, **{"sigma": 20 * u.pA, "tau": 2 * u.ms, **parameters}))


def values(noise: Any, n_steps: int, host: Host) -> np.ndarray:
    return host(iso.transform.for_loop(lambda: noise(), length=n_steps))


@pytest.mark.parametrize("dt", [0.1, 1.0, 2.0])
def test_the_mean_over_tau_has_the_standard_deviation_sigma_whatever_dt(
    numpy_backend: None, host: Host, dt: float
) -> None:
    with iso.environ.context(dt=dt * u.ms):
        means = values(make(20_000), round(2.0 / dt), host).mean(axis=0)
    assert means.mean() == pytest.approx(0, abs=4 * 20 / np.sqrt(20_000))
    assert means.std() == pytest.approx(20, rel=4 / np.sqrt(40_000))


def test_steps_and_elements_are_independent_and_normal(numpy_backend: None, host: Host) -> None:
    z = values(make(1000), 40, host) / (20 * np.sqrt(20))
    limit = 4 / np.sqrt(z.size)
    assert z.mean() == pytest.approx(0, abs=limit)
    assert (z**2).mean() == pytest.approx(1, abs=limit * np.sqrt(2))
    assert (z**3).mean() == pytest.approx(0, abs=limit * np.sqrt(15))
    assert (z**4).mean() == pytest.approx(3, abs=limit * np.sqrt(96))
    assert (z[1:] * z[:-1]).mean() == pytest.approx(0, abs=limit)
    assert (z[:, 1:] * z[:, :-1]).mean() == pytest.approx(0, abs=limit)


@pytest.mark.parametrize("dt", [100 * u.us, 1e-4 * u.second], ids=["us", "s"])
def test_noise_does_not_depend_on_how_dt_is_spelled(backend: str, host: Host, dt: Any) -> None:
    plain = values(make(), 50, host)
    with iso.environ.context(dt=dt):
        np.testing.assert_allclose(values(make(), 50, host), plain, rtol=1e-13)


def test_at_dt_equal_to_tau_it_is_sigma_times_a_standard_normal_number(numpy_backend: None, host: Host) -> None:
    with iso.environ.context(dt=2 * u.ms):
        one, many = values(make(sigma=1 * u.pA), 9, host), values(make(), 9, host)
    np.testing.assert_array_equal(many, 20 * one)


def test_each_element_has_its_own_parameters(numpy_backend: None, host: Host) -> None:
    x = values(make(3, sigma=[0, 1, 1] * u.pA, tau=[1, 0.1, 10] * u.ms), 4000, host)
    assert (x[:, 0] == 0).all()
    np.testing.assert_allclose(x[:, 1:].std(axis=0), [1, 10], rtol=4 / np.sqrt(8000))


def test_cutting_a_run_into_pieces_changes_nothing(backend: str, host: Host) -> None:
    whole, pieces = make(), make()
    parts = [values(pieces, n, host) for n in (1, 24, 35)]
    assert (np.concatenate(parts) == values(whole, 60, host)).all()


def test_another_seed_is_another_noise(numpy_backend: None, host: Host) -> None:
    first = values(make(), 20, host)
    assert (values(make(), 20, host) == first).all()
    with iso.environ.context(seed=4):
        assert (values(make(), 20, host) != first).all()


def test_its_value_has_the_unit_of_sigma(numpy_backend: None) -> None:
    for sigma in (2 * u.nS, 2 * RATE, 0.5):
        assert u.same_dimension(u.split(make(sigma=sigma)())[1], u.split(sigma)[1])


def test_it_drives_a_population(backend: str, host: Host) -> None:
    net = iso.Network()
    net.add_population("cells", iso.Izhikevich(4))
    net.add_input("noise", iso.WhiteNoise(4, sigma=5 * RATE), "cells")
    iso.init_all_states(net)
    assert host(iso.transform.for_loop(lambda: net()["cells"], length=2000)).any()


def test_float32_is_near_float64(backend: str, host: Host) -> None:
    double = values(make(), 200, host)
    with iso.environ.context(precision="float32"):
        single = values(make(), 200, host)
    assert single.dtype == "float32"
    np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_exact_numerics_has_the_same_bits_on_every_backend(backend: str, host: Host, precision: str) -> None:
    with iso.environ.context(precision=precision, numerics="exact"):
        got = values(make(37), 60, host)
        with iso.environ.context(backend="numpy", engine=None):
            expected = values(make(37), 60, host)
    assert got.std() > 0
    assert (got == expected).all()


def test_a_batch_has_noise_of_its_own_in_each_row(backend: str, host: Host) -> None:
    noise = iso.init_all_states(iso.WhiteNoise(5, sigma=20 * u.pA), batch_size=2)
    x = values(noise, 10, host)
    assert x.shape == (10, 2, 5)
    assert (x[:, 0] != x[:, 1]).all()


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"sigma": -1 * u.pA}, ParameterError, r"WhiteNoise\(sigma=\.\.\.\) is -1"),
        ({"tau": 0 * u.ms}, ParameterError, r"WhiteNoise\(tau=\.\.\.\) is 0 ms"),
        ({"tau": 1 * u.mV}, UnitError, r"WhiteNoise\(tau=\.\.\.\).*mV.*ms"),
    ],
)
def test_a_wrong_parameter_is_refused_when_it_is_built(
    parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make(**parameters)
