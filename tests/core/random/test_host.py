from __future__ import annotations

import hashlib
import math
import statistics
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.errors import ParameterError, ShapeError
from isospike.random import draw, host
from isospike.random.host import HostRandom

METHODS = {
    "bits": lambda rng, shape: rng.bits(shape),
    "uniform": lambda rng, shape: rng.uniform(shape),
    "normal": lambda rng, shape: rng.normal(shape),
    "integers": lambda rng, shape: rng.integers(shape, 1000),
}


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Any:
    return METHODS[request.param]


def largest_gap(sample: np.ndarray, distribution: Any) -> float:
    """Kolmogorov's statistic, scaled: above 1.63 in one of a hundred good samples."""
    ranks = np.arange(sample.size + 1) / sample.size
    expected = np.array([distribution(x) for x in np.sort(sample)])
    return math.sqrt(sample.size) * float(max((ranks[1:] - expected).max(), (expected - ranks[:-1]).max()))


def test_a_stream_is_fixed_by_seed_and_name(method: Any) -> None:
    first, again = method(HostRandom(7, "net.E"), 50), method(HostRandom(7, "net.E"), 50)
    np.testing.assert_array_equal(first, again)
    for other in (HostRandom(8, "net.E"), HostRandom(7, "net.I")):
        assert not np.array_equal(first, method(other, 50))


def test_each_call_is_a_new_draw_whatever_the_size_of_earlier_ones(method: Any) -> None:
    short, long = HostRandom(7, "E"), HostRandom(7, "E")
    one, other = method(short, 3), method(long, 1000)
    np.testing.assert_array_equal(one, other[:3])
    second = method(short, 50)
    np.testing.assert_array_equal(second, method(long, (5, 10)).reshape(-1))
    assert not np.array_equal(second, other[:50])


def test_results_do_not_depend_on_the_working_size(method: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = method(HostRandom(7, "E"), 1000)
    monkeypatch.setattr(host, "_CHUNK", 33)
    monkeypatch.setattr(draw, "_CACHED", 5)
    np.testing.assert_array_equal(whole, method(HostRandom(7, "E"), 1000))


def test_draws_are_fixed_to_the_bit_for_all_time() -> None:
    rng = HostRandom(2024, "golden")
    draws = [rng.bits(1000), rng.uniform(1000), rng.normal(1000), rng.integers(1000, 10**6)]
    content = b"".join(draw.astype(draw.dtype.newbyteorder("<")).tobytes() for draw in draws)
    assert hashlib.sha256(content).hexdigest()[:16] == "bc413af9d0963330"


def test_empty_and_scalar_shapes(method: Any) -> None:
    assert method(HostRandom(1, "E"), 0).shape == (0,)
    assert method(HostRandom(1, "E"), (2, 0, 3)).shape == (2, 0, 3)
    assert method(HostRandom(1, "E"), ()).shape == ()


def test_every_bit_of_a_word_is_fair() -> None:
    bits = HostRandom(5, "bits").bits(20_000)
    ones = (bits[:, None] >> np.arange(32, dtype=np.uint32) & 1).sum(axis=0, dtype=np.int64)
    assert np.abs(ones - 10_000).max() < 4 * math.sqrt(5000)


def test_uniform_fills_the_unit_interval_evenly() -> None:
    sample = HostRandom(5, "uniform").uniform(20_000)
    assert sample.min() >= 0.0
    assert sample.max() < 1.0
    assert largest_gap(sample, lambda x: x) < 1.63


def test_uniform_uses_all_53_bits_and_never_reaches_one() -> None:
    extremes = np.array([0, 2**64 - 1, 1 << 11], np.uint64)
    assert host._unit_interval(extremes).tolist() == [0.0, 1.0 - 2.0**-53, 2.0**-53]


def test_normal_has_the_normal_law() -> None:
    sample = HostRandom(5, "normal").normal(20_000)
    assert largest_gap(sample, statistics.NormalDist().cdf) < 1.63
    assert abs(sample.mean()) < 4 / math.sqrt(sample.size)
    assert abs(sample.var() - 1.0) < 4 * math.sqrt(2 / sample.size)
    assert abs((sample**4).mean() - 3.0) < 4 * math.sqrt(96 / sample.size)


@given(st.integers(0, 2**63 - 1))
def test_normal_is_exactly_symmetric_and_bounded(value: int) -> None:
    lower, upper = host._signed_quantile(np.array([value | 2**63, value], np.uint64)).tolist()
    assert lower == -upper
    assert -8.3 < lower < 0.0


def test_integers_are_equally_likely() -> None:
    counts = np.bincount(HostRandom(5, "integers").integers(30_000, 10), minlength=10)
    assert counts.size == 10
    assert ((counts - 3000) ** 2 / 3000).sum() < 27.9  # chi-square, 9 degrees of freedom, one in a thousand


@pytest.mark.parametrize("high", [0, -1, 2**32 + 1, 2.5, None])
def test_a_bound_out_of_range_is_refused(high: Any) -> None:
    with pytest.raises(ParameterError, match="high=10"):
        HostRandom(1, "E").integers(3, high)


@pytest.mark.parametrize("shape", [-1, (2, -3), 2.0, (2.0,), "3"])
def test_a_bad_shape_is_refused(shape: Any, method: Any) -> None:
    with pytest.raises(ShapeError, match="uniform"):
        method(HostRandom(1, "E"), shape)
