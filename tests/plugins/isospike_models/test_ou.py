"""OUProcess: the mean, spread and correlation of its equation, whatever dt, its spelling and the backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, UnitError
from isospike.select import get_backend

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64", seed=3):
        yield


def make(size: Any = 4, **parameters: Any) -> Any:
    return iso.OUProcess(size, **{"mean": 50 * u.pA, "sigma": 20 * u.pA, "tau": 5 * u.ms, **parameters})


def drive(noise: Any) -> Any:
    return noise()


def values(noise: Any, n_steps: int, host: Host) -> np.ndarray:
    return host(iso.transform.for_loop(lambda: noise(), length=n_steps))


@pytest.mark.parametrize("dt", [0.1, 1.0, 10.0])
def test_mean_spread_and_correlation_are_those_of_the_equation(numpy_backend: None, host: Host, dt: float) -> None:
    with iso.environ.context(dt=dt * u.ms):
        x = values(iso.init_all_states(make(20_000)), 21, host)
    # One value in 20000: the mean is known to 0.7 %, the spread to 0.5 %, a correlation to 0.7 % of one.
    for row in (x[0], x[-1]):  # stationary from the first step on
        assert row.mean() == pytest.approx(50, abs=4 * 20 / np.sqrt(20_000))
        assert row.std() == pytest.approx(20, rel=4 / np.sqrt(40_000))
    for lag in (1, 5, 20):
        measured = np.corrcoef(x[0], x[lag])[0, 1]
        assert measured == pytest.approx(np.exp(-lag * dt / 5), abs=4 / np.sqrt(20_000))
    assert abs(np.corrcoef(x[0][:-1], x[0][1:])[0, 1]) < 4 / np.sqrt(20_000)


def test_increments_are_normal_and_one_step_is_the_exact_transition(numpy_backend: None, host: Host) -> None:
    x = values(iso.init_all_states(make(2000)), 21, host)
    decay = np.exp(-0.1 / 5)
    z = (x[1:] - 50 - decay * (x[:-1] - 50)) / (20 * np.sqrt(1 - decay**2))
    limit = 4 / np.sqrt(z.size)
    assert z.mean() == pytest.approx(0, abs=limit)
    assert (z**2).mean() == pytest.approx(1, abs=limit * np.sqrt(2))
    assert (z**3).mean() == pytest.approx(0, abs=limit * np.sqrt(15))
    assert (z**4).mean() == pytest.approx(3, abs=limit * np.sqrt(96))


@pytest.mark.parametrize("dt", [100 * u.us, 1e-4 * u.second], ids=["us", "s"])
def test_noise_does_not_depend_on_how_dt_is_spelled(backend: str, host: Host, dt: Any) -> None:
    plain = values(iso.init_all_states(make()), 50, host)
    with iso.environ.context(dt=dt):
        np.testing.assert_allclose(values(iso.init_all_states(make()), 50, host), plain, rtol=1e-13)


def test_a_start_at_the_mean_spreads_as_the_equation_says(numpy_backend: None, host: Host) -> None:
    noise = iso.init_all_states(make(20_000, start="mean"))
    assert set(host(noise.x.value).tolist()) == {50.0}
    spread = values(noise, 40, host).std(axis=1)
    expected = 20 * np.sqrt(1 - np.exp(-2 * np.arange(1, 41) * 0.1 / 5))
    np.testing.assert_allclose(spread, expected, rtol=4 / np.sqrt(40_000))


def test_cutting_a_run_into_pieces_changes_nothing(backend: str, host: Host) -> None:
    whole, pieces = iso.init_all_states(make()), iso.init_all_states(make())
    together = values(whole, 60, host)
    parts = [values(pieces, n, host) for n in (1, 24, 35)]
    assert (np.concatenate(parts) == together).all()


def test_another_seed_or_name_is_another_noise(numpy_backend: None, host: Host) -> None:
    first = values(iso.init_all_states(make()), 20, host)
    assert (values(iso.init_all_states(make()), 20, host) == first).all()
    assert (values(iso.init_all_states(make(), name="other"), 20, host) != first).all()
    with iso.environ.context(seed=4):
        assert (values(iso.init_all_states(make()), 20, host) != first).all()


def test_each_element_has_its_own_parameters(numpy_backend: None, host: Host) -> None:
    parameters = {"mean": np.array([0.0, 9.0]) * u.nS, "sigma": np.array([0.0, 2.0]) * u.nS, "tau": [1, 2] * u.ms}
    x = values(iso.init_all_states(make(2, **parameters)), 4000, host)
    assert (x[:, 0] == 0).all()
    assert x[:, 1].mean() == pytest.approx(9, abs=1)
    assert x[:, 1].std() == pytest.approx(2, rel=0.2)


def test_its_value_has_the_unit_of_sigma(numpy_backend: None) -> None:
    for sigma in (2 * u.nS, 2 * u.mV / u.ms, 0.5):
        noise = iso.init_all_states(iso.OUProcess(3, sigma=sigma))  # the mean of zero has every unit
        assert u.same_dimension(u.split(noise())[1], u.split(sigma)[1])


def test_a_mean_of_another_scale_is_converted(numpy_backend: None, host: Host) -> None:
    noise = iso.init_all_states(make(3, mean=0.05 * u.nA, start="mean"))
    np.testing.assert_allclose(host(noise.x.value), 50.0, rtol=1e-15)


def test_it_drives_a_population(backend: str, host: Host) -> None:
    net = iso.Network()
    net.add_population("cells", iso.LIF(4, R=100 * u.Mohm, tau=20 * u.ms, V_th=20 * u.mV))
    net.add_input("noise", make(mean=200 * u.pA), "cells")
    iso.init_all_states(net)
    assert host(iso.transform.for_loop(lambda: net()["cells"], length=1000)).any()


def test_gradient_with_respect_to_mean_and_sigma_is_calculus(backend: str) -> None:
    if not (claim := get_backend(backend).capabilities["gradient"]).claimed:
        pytest.skip(f"{backend}: {claim.reason}")
    mean, sigma = iso.ParamState(50 * u.pA), iso.ParamState(20 * u.pA)
    noise = iso.init_all_states(make(mean=mean, sigma=sigma, start="mean"))
    x = iso.transform.for_loop(lambda: noise(), length=9)[-1]
    iso.init_all_states(noise)
    slopes = iso.transform.grad(
        lambda: iso.math.sum(iso.transform.for_loop(lambda: noise(), length=9)[-1]), [mean, sigma]
    )()
    got = [float(u.split(s)[0]) for s in slopes]
    moved = np.asarray(u.split(x)[0]).sum() - 4 * 50
    # From a fixed start each element moves towards the mean; what the noise adds is proportional to sigma.
    assert got[0] == pytest.approx(4 * (1 - np.exp(-9 * 0.1 / 5)), rel=1e-12)
    assert got[1] == pytest.approx(moved / 20, rel=1e-10)


def test_float32_is_near_float64(backend: str, recorded: Any) -> None:
    double = recorded(iso.init_all_states(make()), drive, 200)
    with iso.environ.context(precision="float32"):
        single = recorded(iso.init_all_states(make()), drive, 200)
    assert single["x"].dtype == "float32"
    np.testing.assert_allclose(single["x"], double["x"], rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_batch_of_one_has_the_bits_of_no_batch(backend: str, batch_of_one: Any, precision: str) -> None:
    with iso.environ.context(precision=precision):
        batch_of_one(make, drive)


def test_exact_numerics_has_the_same_bits_on_every_backend(same_bits: Any) -> None:
    for run in same_bits(lambda: make(37), drive).values():
        assert run["x"].std() > 0


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"mean": 1 * u.mV}, UnitError, r"OUProcess\(mean=1.*sigma=20.*mean is in mV.*pA"),
        ({"sigma": -1 * u.pA}, ParameterError, r"OUProcess\(sigma=\.\.\.\) is -1"),
        ({"tau": 0 * u.ms}, ParameterError, r"OUProcess\(tau=\.\.\.\) is 0 ms"),
        ({"start": "zero"}, ParameterError, r"'stationary' or 'mean'"),
    ],
)
def test_a_wrong_parameter_is_refused_when_it_is_built(
    parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make(**parameters)
