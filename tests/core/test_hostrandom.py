from __future__ import annotations

import hashlib
import math
import statistics
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike import hostrandom
from isospike.errors import ParameterError, ShapeError
from isospike.hostrandom import HOST_STEP, Draw, HostRandom, bounded, normal_quantile
from isospike.random.philox import philox4x32, stream_key

METHODS = {
    "bits": lambda rng, shape: rng.bits(shape),
    "uniform": lambda rng, shape: rng.uniform(shape),
    "normal": lambda rng, shape: rng.normal(shape),
    "integers": lambda rng, shape: rng.integers(shape, 1000),
}
# Quantiles to 16 digits, by Newton's method on the power series of the integral in 70-digit arithmetic.
QUANTILES = {
    0.5: 0.0,
    0.6: 0.2533471031357997,
    0.925: 1.439531470938456,
    0.975: 1.959963984540054,
    0.999: 3.090232306167813,
    1e-10: -6.361340902404056,
    1e-15: -7.941345326170997,
}


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Any:
    return METHODS[request.param]


def largest_gap(sample: np.ndarray, distribution: Any) -> float:
    """Kolmogorov's statistic, scaled: above 1.63 in one of a hundred good samples."""
    ranks = np.arange(sample.size + 1) / sample.size
    expected = np.array([distribution(x) for x in np.sort(sample)])
    return math.sqrt(sample.size) * float(max((ranks[1:] - expected).max(), (expected - ranks[:-1]).max()))


@given(
    start=st.integers(0, 2**40), count=st.integers(0, 30), draw=st.integers(0, 2**32 - 1), seed=st.integers()
)
def test_words_are_those_of_the_array_api_generator(start: int, count: int, draw: int, seed: int) -> None:
    key = stream_key(seed, "E")
    index = np.arange(start, start + count)
    low, high = ((index // 4) % 2**32).astype(np.uint32), (index // 2**34).astype(np.uint32)
    blocks = np.stack(philox4x32(np, (low, high, HOST_STEP, draw), key))
    np.testing.assert_array_equal(Draw(key, draw).words(start, count), blocks[index % 4, np.arange(count)])


@given(index=st.lists(st.integers(0, 2**40), min_size=1, max_size=20))
def test_values_are_the_same_read_in_a_row_or_one_by_one(index: list[int]) -> None:
    draw = Draw(stream_key(3, "E"), 2)
    one_by_one = [int(draw.values(i, 1)[0]) for i in index]
    assert draw.values_at(np.array(index)).tolist() == one_by_one
    high, low = draw.words(2 * index[0], 2).tolist()
    assert one_by_one[0] == (high << 32) + low


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
    monkeypatch.setattr(hostrandom, "_CHUNK", 33)
    monkeypatch.setattr(hostrandom, "_CACHED", 5)
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
    assert hostrandom._unit_interval(extremes).tolist() == [0.0, 1.0 - 2.0**-53, 2.0**-53]


def test_normal_has_the_normal_law() -> None:
    sample = HostRandom(5, "normal").normal(20_000)
    assert largest_gap(sample, statistics.NormalDist().cdf) < 1.63
    assert abs(sample.mean()) < 4 / math.sqrt(sample.size)
    assert abs(sample.var() - 1.0) < 4 * math.sqrt(2 / sample.size)
    assert abs((sample**4).mean() - 3.0) < 4 * math.sqrt(96 / sample.size)


@given(st.integers(0, 2**63 - 1))
def test_normal_is_exactly_symmetric_and_bounded(value: int) -> None:
    lower, upper = hostrandom._signed_quantile(np.array([value | 2**63, value], np.uint64)).tolist()
    assert lower == -upper
    assert -8.3 < lower < 0.0


@pytest.mark.parametrize(("p", "quantile"), QUANTILES.items())
def test_quantiles_are_the_published_ones(p: float, quantile: float) -> None:
    assert normal_quantile(np.array([p]))[0] == pytest.approx(quantile, rel=2e-15, abs=0.0)


@given(st.floats(-54.0, -1.0))
def test_the_quantile_inverts_the_error_function(exponent: float) -> None:
    p = 2.0**exponent
    z = float(normal_quantile(np.array([p]))[0])
    # An error of one ulp in z moves log p by z**2 ulp.
    assert 0.5 * math.erfc(-z / math.sqrt(2.0)) == pytest.approx(p, rel=2e-15 * (1.0 + z * z))


@given(st.floats(1e-300, 1e300))
def test_the_logarithm_is_right_to_two_ulp(x: float) -> None:
    assert hostrandom._log(np.array([x]))[0] == pytest.approx(math.log(x), rel=5e-16, abs=0.0)


@given(value=st.integers(0, 2**64 - 1), high=st.integers(1, 2**32))
def test_bounded_is_the_exact_floor(value: int, high: int) -> None:
    assert bounded(np.array([value], np.uint64), high).tolist() == [value * high >> 64]


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
