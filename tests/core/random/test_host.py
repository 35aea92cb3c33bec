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

PERMUTATION = [8, 4, 5, 7, 1, 3, 6, 0, 10, 11, 9, 2]

METHODS = {
    "bits": lambda rng, shape: rng.bits(shape),
    "uniform": lambda rng, shape: rng.uniform(shape),
    "normal": lambda rng, shape: rng.normal(shape),
    "integers": lambda rng, shape: rng.integers(shape, 1000),
    "choice": lambda rng, shape: rng.choice(1000, shape, replace=True),
}


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Any:
    return METHODS[request.param]


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


def test_uniform_fills_the_unit_interval_evenly(largest_gap: Any) -> None:
    sample = HostRandom(5, "uniform").uniform(20_000)
    assert sample.min() >= 0.0
    assert sample.max() < 1.0
    assert largest_gap(sample, lambda x: x) < 1.63


def test_uniform_uses_all_53_bits_and_never_reaches_one() -> None:
    extremes = np.array([0, 2**64 - 1, 1 << 11], np.uint64)
    assert host._unit_interval(extremes).tolist() == [0.0, 1.0 - 2.0**-53, 2.0**-53]


def test_normal_has_the_normal_law(largest_gap: Any) -> None:
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


@pytest.mark.parametrize("n", [1, 2, 5, 1000])
def test_a_permutation_holds_each_number_once_and_choice_is_its_beginning(n: int) -> None:
    order = HostRandom(3, "E").permutation(n)
    assert np.sort(order).tolist() == list(range(n))
    for size in {0, 1, n // 2, n}:
        assert HostRandom(3, "E").choice(n, size, replace=False).tolist() == order[:size].tolist()
    assert HostRandom(3, "E").choice(n, (1, n), replace=False).tolist() == [order.tolist()]


def test_choice_with_replacement_is_that_of_integers() -> None:
    assert (
        HostRandom(3, "E").choice(7, (4, 5), replace=True).tolist() == HostRandom(3, "E").integers((4, 5), 7).tolist()
    )


def test_each_permutation_is_one_draw_whatever_its_size() -> None:
    rng, other = HostRandom(3, "E"), HostRandom(3, "E")
    first, _ = rng.permutation(20), other.choice(5, 2, replace=False)
    assert rng.permutation(20).tolist() == other.permutation(20).tolist() != first.tolist()


def test_the_orders_of_a_permutation_are_equally_likely() -> None:
    rng = HostRandom(5, "orders")
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(6000):
        order = tuple(rng.permutation(4).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    assert sum((n - 250) ** 2 / 250 for n in counts.values()) < 49.7  # 23 degrees of freedom, one in a thousand


@pytest.mark.parametrize("partial", [False, True])
def test_equal_keys_keep_their_order(partial: bool) -> None:
    keys = np.array([3, 1, 3, 1, 2, 1, 3], np.uint64)
    expected = [1, 3, 5, 4, 0, 2, 6]
    count = 2 if partial else 7
    assert host._lowest(keys, count).tolist() == expected[:count]
    assert host._lowest(keys, 5).tolist() == expected[:5]


def test_permutations_are_fixed_to_the_bit_for_all_time() -> None:
    assert HostRandom(2024, "golden").permutation(12).tolist() == PERMUTATION


@pytest.mark.parametrize("n", [0, -3, 2.5, "3", 2**32 + 1])
def test_a_number_to_choose_from_that_is_none_is_refused(n: Any) -> None:
    with pytest.raises(ParameterError, match=r"HostRandom.permutation: `n` .*permutation\(10\)"):
        HostRandom(1, "E").permutation(n)
    with pytest.raises(ParameterError, match=r"HostRandom.choice: `n` .*choice\(10, 3, replace=False\)"):
        HostRandom(1, "E").choice(n, 1, replace=True)


def test_more_than_there_are_cannot_be_chosen() -> None:
    with pytest.raises(ParameterError, match="replace=True"):
        HostRandom(1, "E").choice(3, (2, 2), replace=False)


@pytest.mark.parametrize("high", [0, -1, 2**32 + 1, 2.5, None])
def test_a_bound_out_of_range_is_refused(high: Any) -> None:
    with pytest.raises(ParameterError, match="high=10"):
        HostRandom(1, "E").integers(3, high)


@pytest.mark.parametrize("shape", [-1, (2, -3), 2.0, (2.0,), "3"])
def test_a_bad_shape_is_refused(shape: Any, method: Any) -> None:
    with pytest.raises(ShapeError, match="uniform"):
        method(HostRandom(1, "E"), shape)
