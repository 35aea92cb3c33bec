"""Discrete distributions inside a step: their laws, and the same counts on every backend."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.random import bernoulli, poisson, random_bits
from isospike.random.counts import LARGEST_MEAN, poisson_table
from isospike.random.philox import philox4x32, stream_key

Host = Callable[[Any], np.ndarray]
Draws = Callable[[iso.Module, tuple[int, ...]], Any]

RATES = np.array([[0.02], [3.7]])
DRAWS: dict[str, Draws] = {
    "bernoulli": lambda module, shape: bernoulli(module, 0.3, shape),
    "poisson": lambda module, shape: poisson(module, 1.7, shape),
    "poisson of rates": lambda module, shape: poisson(module, RATES, shape),
    "poisson of a high rate": lambda module, shape: poisson(module, 900.0, shape),
}
# SHA-256 of the draws, little endian: what was once drawn is drawn for all time.
GOLDEN = {
    "bernoulli": "b3ea6dabcc7892ca",
    "poisson": "c3920483b855f509",
    "poisson of rates": "9bbb983f5e327177",
    "poisson of a high rate": "2d5f0abc80f856d2",
}


class Noise(iso.Module):
    """Draws from distributions in each step."""

    def __init__(self, *draws: Draws, shape: tuple[int, ...]) -> None:
        self.draws, self.shape = draws, shape

    def update(self) -> Any:
        return [draw(self, self.shape) for draw in self.draws]


def run(*draws: Draws, shape: tuple[int, ...] = (400,), steps: int = 1) -> list[Any]:
    noise = iso.init_all_states(Noise(*draws, shape=shape), name="noise")
    results: list[Any] = iso.transform.for_loop(lambda: noise(), length=steps)
    return results


def checksums(drawn: list[np.ndarray]) -> dict[str, str]:
    little = [x.astype(x.dtype.newbyteorder("<")).tobytes() for x in drawn]
    return {n: hashlib.sha256(x).hexdigest()[:16] for n, x in zip(DRAWS, little, strict=True)}


def test_draws_are_fixed_to_the_bit_on_every_backend(backend: str, host: Host) -> None:
    with iso.environ.context(seed=2024):
        drawn = [host(x) for x in run(*DRAWS.values(), shape=(2, 700), steps=3)]
    assert [x.dtype.name for x in drawn] == ["bool", "int32", "int32", "int32"]
    assert checksums(drawn) == GOLDEN


@pytest.mark.slow  # TorchInductor compiles for half a minute
def test_draws_are_fixed_to_the_bit_where_torch_compiles(host: Host) -> None:
    pytest.importorskip("torch")
    with iso.environ.context(seed=2024, backend="torch", engine="compiled", dt=0.1 * u.ms):
        drawn = [host(x) for x in run(*DRAWS.values(), shape=(2, 700), steps=3)]
    assert checksums(drawn) == GOLDEN


def test_draws_are_the_same_however_a_run_is_cut(backend: str, host: Host) -> None:
    noise = iso.init_all_states(Noise(DRAWS["bernoulli"], DRAWS["poisson of rates"], shape=(2, 50)), name="noise")
    whole = iso.transform.for_loop(lambda: noise(), length=8)
    iso.init_all_states(noise, name="noise")
    parts = [iso.transform.for_loop(lambda: noise(), length=5), noise(), noise(), noise()]
    for i, x in enumerate(whole):
        steps = [host(parts[0][i]), *(host(step[i])[None] for step in parts[1:])]
        assert (np.concatenate(steps) == host(x)).all()


def test_a_scalar_can_be_drawn_and_nothing_too(backend: str, host: Host) -> None:
    draws = [DRAWS["bernoulli"], DRAWS["poisson"]]
    assert [host(x).shape for x in run(*draws, shape=())] == [(1,)] * 2
    assert [host(x).shape for x in run(*draws, shape=(2, 0))] == [(1, 2, 0)] * 2


@pytest.mark.parametrize("p", [0.0, 1e-3, 0.25, 0.5, 1.0])
def test_a_bernoulli_draw_is_true_with_its_probability(backend: str, host: Host, p: float) -> None:
    (x,) = run(lambda m, s: bernoulli(m, p, s), shape=(500,), steps=100)
    x = host(x)
    assert x.dtype == bool
    assert abs(x.sum() - x.size * p) <= 4 * np.sqrt(x.size * p * (1 - p))


def test_a_bernoulli_draw_compares_the_words_of_the_stream(backend: str, host: Host) -> None:
    p = np.array([0.1, 0.5, 0.9, 0.0, 1.0, 0.3])
    _, flips = run(random_bits, lambda m, s: bernoulli(m, p, s), shape=(6,), steps=50)
    for k in range(50):
        words = philox4x32(np, (np.arange(6), 0, k, 1), stream_key(0, "noise"))[0]
        assert (host(flips)[k] == (words < np.floor(p * 2.0**32))).all()


def test_even_the_largest_word_is_below_a_certainty(backend: str, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    class Largest(iso.Module):
        def init_state(self, batch_size: int | None = None) -> None:
            self.word = iso.ShortTermState(np.full(2, 2**32 - 1, np.uint32))

        def update(self) -> Any:
            return bernoulli(self, [1.0, 1.0 - 2.0**-32], (2,))

    monkeypatch.setattr("isospike.random.discrete.random_bits", lambda module, shape: module.word.value)
    assert host(iso.init_all_states(Largest())()).tolist() == [True, False]


@pytest.mark.parametrize("rate", [1e-3, 0.4, 3.7, 30.0])
def test_counts_have_the_poisson_law(numpy_backend: None, rate: float) -> None:
    (x,) = run(lambda m, s: poisson(m, rate, s), shape=(40_000,))
    assert abs(x.mean() - rate) < 4 * math.sqrt(rate / x.size)
    assert abs(x.var() - rate) < 4 * math.sqrt((rate + 2 * rate**2) / x.size)
    chances = [math.exp(k * math.log(rate) - rate - math.lgamma(k + 1)) for k in range(x.max() + 1)]
    expected = np.append(chances, max(0.0, 1 - sum(chances))) * x.size
    counted = np.bincount(x.ravel(), minlength=expected.size)
    often = expected >= 5
    rest = expected[~often].sum()
    square = ((counted - expected)[often] ** 2 / expected[often]).sum()
    square += (counted[~often].sum() - rest) ** 2 / rest if rest >= 5 else 0.0
    n = often.sum() - (rest < 5)
    # Wilson and Hilferty: below the quantile of chi-square that one of a thousand good samples exceeds.
    assert square < n * (1 - 2 / (9 * n) + 3.09 * math.sqrt(2 / (9 * n))) ** 3


def test_counts_are_the_thresholds_above_the_words(backend: str, host: Host) -> None:
    rates = np.array([5.0, 0.0, 0.3, 5.0, 2000.0, LARGEST_MEAN, 1e-12])
    (x,) = run(lambda m, s: poisson(m, rates, s), shape=(3, 7), steps=4)
    first, thresholds = poisson_table(rates)
    batch = np.arange(3)[:, None]
    for k in range(4):
        words = philox4x32(np, (np.arange(7), batch, k, 0), stream_key(0, "noise"))[0]
        assert (host(x)[k] == first + (words[..., None] < thresholds).sum(axis=-1)).all()


def test_a_rate_of_zero_gives_no_event(backend: str, host: Host) -> None:
    assert not host(run(lambda m, s: poisson(m, 0.0, s), shape=(1000,), steps=5)[0]).any()


def test_a_rate_in_time_is_multiplied_by_dt(backend: str, host: Host) -> None:
    in_time, plain = (
        run(lambda m, s: poisson(m, 200 * u.Hz * iso.environ.get_dt(), s), shape=(300,), steps=5),
        run(lambda m, s: poisson(m, 0.02, s), shape=(300,), steps=5),
    )
    assert (host(in_time[0]) == host(plain[0])).all()
    assert host(plain[0]).any()


@pytest.mark.parametrize("function", [poisson, bernoulli])
def test_a_number_with_a_unit_is_refused(numpy_backend: None, function: Any) -> None:
    with pytest.raises(UnitError, match=rf"{function.__name__} of 'noise'.*Hz.*expected a plain number"):
        run(lambda m, s: function(m, 0.5 * u.Hz, s))


@pytest.mark.parametrize("rate", [-1e-9, math.nan, math.inf, 10_001.0, [0.1, -1.0], "1"])
def test_a_rate_out_of_range_is_refused(numpy_backend: None, rate: Any) -> None:
    words = (
        r"poisson of 'noise': `rate`, the expected number in a step, (holds|is) .*from 0 to 10000: write poisson\(self"
    )
    with pytest.raises(ParameterError, match=words):
        run(lambda m, s: poisson(m, rate, s), shape=(2,))


@pytest.mark.parametrize("p", [-1e-9, math.nan, 1.0000001, [0.1, 2.0]])
def test_a_probability_out_of_range_is_refused(numpy_backend: None, p: Any) -> None:
    with pytest.raises(ParameterError, match=r"bernoulli of 'noise': `probability` holds .*from 0 to 1: write"):
        run(lambda m, s: bernoulli(m, p, s), shape=(2,))


@pytest.mark.parametrize("function", [poisson, bernoulli])
def test_a_number_that_the_step_computes_is_refused(numpy_backend: None, function: Any) -> None:
    class Rising(iso.Module):
        def init_state(self, batch_size: int | None = None) -> None:
            self.rate = iso.ShortTermState(np.float32(0.1))

        def update(self) -> Any:
            return function(self, 0.5 * self.rate.value, (3,))

    with pytest.raises(ParameterError, match=r"of 'Rising'.* is a traced value.*in "):
        iso.init_all_states(Rising())()


@pytest.mark.parametrize("function", [poisson, bernoulli])
def test_an_array_that_does_not_fit_is_refused(numpy_backend: None, function: Any) -> None:
    with pytest.raises(ShapeError, match=r"has shape \(2, 1\), expected .* broadcasts to \(4,\)"):
        run(lambda m, s: function(m, np.full((2, 1), 0.5), s), shape=(4,))
