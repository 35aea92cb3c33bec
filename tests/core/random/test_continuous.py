"""Continuous distributions inside a step: their laws, and the same bits on every backend."""

from __future__ import annotations

import hashlib
import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError
from isospike.random import exponential, normal, random_bits, uniform

Host = Callable[[Any], np.ndarray]
Draws = Callable[[iso.Module, tuple[int, ...]], Any]

DRAWS: dict[str, Draws] = {
    "uniform": uniform,
    "normal": normal,
    "exponential": lambda module, shape: exponential(module, 1.5, shape),
}
# SHA-256 of the draws, little endian: what was once drawn is drawn for all time.
GOLDEN = {
    ("uniform", "float32"): "d422be88ccbc7d72",
    ("normal", "float32"): "6394442036bf741c",
    ("exponential", "float32"): "338c784da33cb52f",
    ("uniform", "float64"): "047d573f02ee23b4",
    ("normal", "float64"): "40f0c7d17da11ce9",
    ("exponential", "float64"): "e102c9493983e324",
}


class Noise(iso.Module):
    """Draws from distributions in each step."""

    def __init__(self, *draws: Draws, shape: tuple[int, ...] = (400,)) -> None:
        self.draws, self.shape = draws, shape

    def update(self) -> Any:
        return [draw(self, self.shape) for draw in self.draws]


def run(*draws: Draws, shape: tuple[int, ...] = (400,), steps: int = 1) -> list[Any]:
    noise = iso.init_all_states(Noise(*draws, shape=shape), name="noise")
    results: list[Any] = iso.transform.for_loop(lambda: noise(), length=steps)
    return results


def checksum(x: np.ndarray) -> str:
    return hashlib.sha256(x.astype(x.dtype.newbyteorder("<")).tobytes()).hexdigest()[:16]


@pytest.fixture(params=["float32", "float64"])
def precision(request: pytest.FixtureRequest) -> Any:
    with iso.environ.context(precision=request.param):
        yield request.param


@pytest.fixture(params=DRAWS)
def draw(request: pytest.FixtureRequest) -> Draws:
    return DRAWS[request.param]


def test_draws_are_fixed_to_the_bit_on_every_backend(backend: str, precision: str, host: Host) -> None:
    with iso.environ.context(seed=2024):
        drawn = [host(x) for x in run(*DRAWS.values(), shape=(2, 700), steps=3)]
    assert {x.dtype.name for x in drawn} == {precision}
    assert {n: checksum(x) for n, x in zip(DRAWS, drawn, strict=True)} == {n: GOLDEN[n, precision] for n in DRAWS}


@pytest.mark.slow  # TorchInductor compiles for half a minute
def test_draws_are_fixed_to_the_bit_where_torch_compiles(precision: str, host: Host) -> None:
    pytest.importorskip("torch")
    with iso.environ.context(seed=2024, backend="torch", engine="compiled", dt=0.1 * u.ms):
        drawn = [host(x) for x in run(*DRAWS.values(), shape=(2, 700), steps=3)]
    assert {n: checksum(x) for n, x in zip(DRAWS, drawn, strict=True)} == {n: GOLDEN[n, precision] for n in DRAWS}


def test_draws_are_the_same_however_a_run_is_cut(backend: str, host: Host) -> None:
    with iso.environ.context(precision="float64"):
        noise = iso.init_all_states(Noise(*DRAWS.values()), name="noise")
        whole = iso.transform.for_loop(lambda: noise(), length=8)
        iso.init_all_states(noise, name="noise")
        parts = [iso.transform.for_loop(lambda: noise(), length=5), noise(), noise(), noise()]
    for i, x in enumerate(whole):
        steps = [host(parts[0][i]), *(host(step[i])[None] for step in parts[1:])]
        assert (np.concatenate(steps) == host(x)).all()


def test_a_batch_begins_with_what_is_drawn_without_one(numpy_backend: None, precision: str, draw: Draws) -> None:
    (single,), (batch,) = run(draw, shape=(50,)), run(draw, shape=(3, 60))
    assert (batch[0, 0, :50] == single[0]).all()
    assert not np.isin(batch[0, 1:], batch[0, 0]).any()


def test_a_scalar_can_be_drawn_and_nothing_too(backend: str, precision: str, host: Host) -> None:
    assert [host(x).shape for x in run(*DRAWS.values(), shape=())] == [(1,)] * 3
    assert [host(x).shape for x in run(*DRAWS.values(), shape=(2, 0))] == [(1, 2, 0)] * 3


def test_uniform_numbers_are_the_words_of_the_stream(numpy_backend: None) -> None:
    words, single = (x[0] for x in run(random_bits, uniform))
    assert single.dtype == np.float32
    assert not (single == (words >> np.uint32(8)) * 2.0**-24).any()  # a draw of its own
    (first,) = run(uniform)
    assert (first[0] == (words >> np.uint32(8)) * 2.0**-24).all()
    with iso.environ.context(precision="float64"):
        (double,) = run(uniform)
    assert (np.floor(double * 2.0**24) * 2.0**-24 == first).all()
    assert (double * 2.0**53 == np.floor(double * 2.0**53)).all()
    assert ((double * 2.0**53) % 2 == 1).any()


def test_both_precisions_have_the_same_noise(numpy_backend: None, draw: Draws) -> None:
    (single,) = run(draw, shape=(5000,))
    with iso.environ.context(precision="float64"):
        (double,) = run(draw, shape=(5000,))
    np.testing.assert_allclose(single, double, rtol=2e-6, atol=1e-6)


def test_uniform_numbers_are_spread_evenly(numpy_backend: None, precision: str, largest_gap: Any) -> None:
    (sample,) = run(uniform, shape=(20_000,))
    assert sample.min() >= 0.0
    assert sample.max() < 1.0
    assert largest_gap(sample[0], float) < 1.63


def test_normal_numbers_have_the_normal_law(numpy_backend: None, precision: str, largest_gap: Any) -> None:
    x = run(normal, shape=(20_000,))[0][0].astype(np.float64)
    assert largest_gap(x, statistics.NormalDist().cdf) < 1.63
    assert abs(x.mean()) < 4 / math.sqrt(x.size)
    assert abs(x.var() - 1.0) < 4 * math.sqrt(2 / x.size)
    assert abs((x**3).mean()) < 4 * math.sqrt(15 / x.size)
    assert abs((x**4).mean() - 3.0) < 4 * math.sqrt(96 / x.size)


def test_the_sign_of_a_normal_number_is_a_bit_of_its_own(numpy_backend: None, precision: str) -> None:
    words, x = run(random_bits, shape=(4000,))[0][0], run(normal, shape=(4000,))[0][0]
    assert ((x > 0) == (words >= 2**31)).all()
    chance = (x > 0).mean()
    assert abs(chance - 0.5) < 4 * 0.5 / math.sqrt(x.size)
    # The size knows nothing of the sign.
    assert abs(np.corrcoef(x > 0, abs(x))[0, 1]) < 4 / math.sqrt(x.size)


def test_steps_and_neighbours_are_not_correlated(numpy_backend: None, draw: Draws) -> None:
    (x,) = run(draw, shape=(300,), steps=300)
    deviation = (x - x.mean()) / x.std()
    for one, other in ((deviation[1:], deviation[:-1]), (deviation[:, 1:], deviation[:, :-1])):
        assert abs((one * other).mean()) < 4 / math.sqrt(one.size)


def test_exponential_numbers_have_the_exponential_law(numpy_backend: None, precision: str, largest_gap: Any) -> None:
    x = run(DRAWS["exponential"], shape=(20_000,))[0][0].astype(np.float64)
    assert x.min() >= 0.0
    assert largest_gap(x, lambda t: -math.expm1(-t / 1.5)) < 1.63
    assert abs(x.mean() - 1.5) < 4 * 1.5 / math.sqrt(x.size)
    assert abs(x.var() - 1.5**2) < 4 * 1.5**2 * math.sqrt(8 / x.size)


def test_a_scale_gives_its_unit_and_may_differ_from_element_to_element(backend: str, host: Host) -> None:
    scale = np.array([[0.0], [1.0], [4.0]])
    (times,), (ones,) = (
        run(lambda m, s: exponential(m, scale * u.ms, s), shape=(3, 50)),
        run(lambda m, s: exponential(m, 1.0, s), shape=(3, 50)),
    )
    assert u.split(times)[1] == u.ms
    assert (host(times) == scale.astype(np.float32) * host(ones)).all()
    assert not host(times)[0, 0].any()


def test_a_scale_may_be_a_state_of_the_model(backend: str, host: Host) -> None:
    class Growing(iso.Module):
        def init_state(self, batch_size: int | None = None) -> None:
            self.tau = iso.ShortTermState(np.float32(1.0) * u.ms)

        def update(self) -> Any:
            self.tau.value = 2.0 * self.tau.value
            return exponential(self, self.tau.value, (20,))

    growing = iso.init_all_states(Growing(), name="noise")
    x = iso.transform.for_loop(lambda: growing(), length=3)
    (ones,) = run(lambda m, s: exponential(m, 1.0, s), shape=(20,), steps=3)
    assert u.split(x)[1] == u.ms
    assert (host(x) == host(ones) * np.array([2.0, 4.0, 8.0], np.float32)[:, None]).all()


@pytest.mark.parametrize("scale", [-1.0, math.nan, math.inf, "5", None, [[1.0], [1.0, 2.0]], [1.0, -1e-9]])
def test_a_scale_that_is_no_scale_is_refused(numpy_backend: None, scale: Any) -> None:
    with pytest.raises(
        ParameterError, match=r"exponential of 'noise': `scale` (holds|is) .*exponential\(self, 5.0 \* u.ms"
    ):
        run(lambda m, s: exponential(m, scale, s), shape=(2,))


def test_a_scale_that_does_not_fit_is_refused(numpy_backend: None) -> None:
    with pytest.raises(ShapeError, match=r"`scale` has shape \(3,\), expected .* broadcasts to \(2,\)"):
        run(lambda m, s: exponential(m, [1.0, 2.0, 3.0], s), shape=(2,))


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_a_gradient_passes_the_noise_by(name: str) -> None:
    pytest.importorskip(name)

    class Scaled(iso.Module):
        def init_state(self, batch_size: int | None = None) -> None:
            self.sigma = iso.ParamState(np.array([1.5, 2.0]))

        def update(self) -> Any:
            return iso.math.sum(self.sigma.value * normal(self, (2,)))

    with iso.environ.context(backend=name, dt=0.1 * u.ms):
        scaled = iso.init_all_states(Scaled(), name="noise")
        (slopes,) = iso.transform.grad(lambda: scaled(), scaled.states(iso.ParamState))().values()
        (expected,) = run(normal, shape=(2,))
    np.testing.assert_array_equal(np.asarray(slopes), np.asarray(expected)[0])
