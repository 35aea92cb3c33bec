from __future__ import annotations

import dataclasses
import hashlib
import itertools
import math
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike import connectivity
from isospike.connectivity import CSR, all_to_all, fixed_out_degree, fixed_probability, one_to_one
from isospike.errors import ParameterError, PlausibilityWarning, ShapeError
from isospike.random.host import HostRandom

SIZE = st.integers(1, 30)
OFFSET = st.none() | st.integers(-31, 31)
RULES: dict[str, Callable[[], CSR]] = {
    "probability": lambda: fixed_probability(rng(), 300, 200, 0.05, self_offset=-7),
    "rejection": lambda: fixed_out_degree(rng(), 300, 200, 20, self_offset=-7),
    "rank": lambda: fixed_out_degree(rng(), 300, 200, 150, self_offset=-7),
    "multapses": lambda: fixed_out_degree(rng(), 300, 200, 60, multapses=True, self_offset=-7),
    "all": lambda: all_to_all(300, 200, self_offset=-7),
}


def rng(seed: int = 1) -> HostRandom:
    return HostRandom(seed, "E to I")


def quietly(rule: Callable[..., CSR], *args: Any, **options: Any) -> CSR:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PlausibilityWarning)
        return rule(*args, **options)


def int32(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def own_pairs(csr: CSR, offset: int | None) -> int:
    return 0 if offset is None else int((csr.indices - csr.pre_indices() == offset).sum())


def chi_square_score(observed: np.ndarray, mean: float, variance: float) -> float:
    """How many standard deviations the sum of squared, scaled deviations is off its mean."""
    return (float(((observed - mean) ** 2).sum()) / variance - observed.size) / math.sqrt(2 * observed.size)


# The container


def test_rows_hold_the_targets_of_each_cell() -> None:
    csr = CSR(int32(0, 2, 2, 3), int32(0, 3, 1), 4)
    assert (csr.n_pre, csr.n_post, csr.n_synapses) == (3, 4, 3)
    assert csr.pre_indices().tolist() == [0, 0, 2]
    assert csr.dense().tolist() == [[1, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]]
    assert csr.dense([0.5, 2.0, -1.0]).tolist() == [[0.5, 0, 0, 2], [0, 0, 0, 0], [0, -1, 0, 0]]


def test_repeated_synapses_add_up_in_the_dense_matrix() -> None:
    assert CSR(int32(0, 3), int32(1, 1, 1), 2).dense([1.0, 2.0, 4.0]).tolist() == [[0, 7]]


def test_the_container_can_neither_be_written_nor_be_changed_from_outside() -> None:
    indices = int32(0, 1)
    csr = CSR(int32(0, 2), indices, 2)
    indices[0] = 1
    assert csr.indices.tolist() == [0, 1]
    for array in (csr.indices, csr.indptr):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        csr.n_post = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("indptr", "indices", "n_post", "message"),
    [
        (int32(0, 2), np.array([0, 1]), 2, "one-dimensional NumPy array of int32.*int64"),
        (np.array([0, 2]), int32(0, 1), 2, "`indptr`.*int64"),
        (int32(0, 2), int32(0, 1).reshape(1, 2), 2, "shape"),
        ([0, 2], int32(0, 1), 2, r"is \[0, 2\]"),
        (int32(0), int32(), 2, "n_pre"),
        (int32(1, 2), int32(0, 1), 2, "rise from 0"),
        (int32(0, 1), int32(0, 1), 2, "number of synapses, 2"),
        (int32(0, 2, 1, 2), int32(0, 1), 2, "rise"),
        (int32(0, 2), int32(0, 2), 2, "n_post=3"),
        (int32(0, 2), int32(-1, 0), 2, "run from -1"),
        (int32(0, 1, 4), int32(3, 0, 2, 1), 4, "those of cell 1 do not"),
        (int32(0, 1), int32(0), 0, "n_post"),
        (int32(0, 1), int32(0), 1.5, "n_post"),
    ],
)
def test_arrays_that_are_no_rows_are_refused(indptr: Any, indices: Any, n_post: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        CSR(indptr, indices, n_post)


def test_more_synapses_than_int32_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"2147483648 synapses.*Split"):
        CSR(int32(0, 1), np.broadcast_to(np.int32(0), (2**31,)), 1)
    for refused in (
        lambda: fixed_probability(rng(), 10**6, 10**6, 0.01),
        lambda: fixed_out_degree(rng(), 10**6, 10**6, 10**4),
        lambda: all_to_all(10**6, 10**6),
    ):
        with pytest.raises(ShapeError, match="Split"):
            refused()


def test_weights_of_another_length_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"pre_indices"):
        one_to_one(3).dense([1.0, 2.0])


# Laws of all rules


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_a_pure_function_of_seed_stream_and_arguments(rule: str) -> None:
    one, two = RULES[rule](), RULES[rule]()
    np.testing.assert_array_equal(one.indptr, two.indptr)
    np.testing.assert_array_equal(one.indices, two.indices)


@pytest.mark.parametrize("rule", RULES)
def test_the_working_size_does_not_change_the_synapses(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = RULES[rule]()
    monkeypatch.setattr(connectivity, "_CHUNK", 70)
    pieces = RULES[rule]()
    np.testing.assert_array_equal(whole.indptr, pieces.indptr)
    np.testing.assert_array_equal(whole.indices, pieces.indices)


@pytest.mark.parametrize("rule", RULES)
def test_no_cell_connects_to_itself(rule: str) -> None:
    assert own_pairs(RULES[rule](), -7) == 0


@pytest.mark.parametrize("rule", ["probability", "rejection", "rank", "all"])
def test_no_pair_has_two_synapses(rule: str) -> None:
    assert RULES[rule]().dense().max() == 1.0


def test_seed_stream_and_earlier_draws_change_the_network() -> None:
    used = rng()
    used.uniform(1)
    makers = (rng(), rng(2), HostRandom(1, "I to E"), used)
    assert len({fixed_probability(each, 50, 50, 0.3).indices.tobytes() for each in makers}) == 4
    makers = (rng(), rng(2), HostRandom(1, "I to E"))
    assert len({fixed_out_degree(each, 50, 50, 5).indices.tobytes() for each in makers}) == 3


@pytest.mark.parametrize(
    ("rule", "checksum"),
    [
        ("probability", "89c02e2afab42af3"),
        ("rejection", "817933cedfdf6fe2"),
        ("rank", "5b5ee786fdaf68f2"),
        ("multapses", "4d2341048999cd07"),
    ],
)
def test_networks_are_fixed_to_the_bit_for_all_time(rule: str, checksum: str) -> None:
    csr = RULES[rule]()
    content = csr.indptr.astype("<i4").tobytes() + csr.indices.astype("<i4").tobytes()
    assert hashlib.sha256(content).hexdigest()[:16] == checksum


@pytest.mark.parametrize(
    "rule",
    [
        lambda: fixed_probability(rng(), 5000, 5000, 0.1, self_offset=0),
        lambda: fixed_out_degree(rng(), 5000, 5000, 500, self_offset=0),
        lambda: fixed_out_degree(rng(), 1600, 1600, 1500, self_offset=0),
    ],
)
def test_making_a_network_needs_little_more_memory_than_the_network(rule: Callable[[], CSR]) -> None:
    tracemalloc.start()
    try:
        csr = rule()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * csr.indices.nbytes


@pytest.mark.parametrize(
    "rule",
    [
        lambda: fixed_probability(rng(), 5, 5, 0.0),
        lambda: fixed_probability(rng(), 1, 1, 1.0, self_offset=0),
        lambda: fixed_out_degree(rng(), 5, 5, 0),
        lambda: fixed_out_degree(rng(), 1, 1, 0, self_offset=0),
        lambda: all_to_all(1, 1, self_offset=0),
    ],
)
def test_a_network_without_synapses_is_made_with_a_warning(rule: Callable[[], CSR]) -> None:
    with pytest.warns(PlausibilityWarning, match="made no synapse"):
        csr = rule()
    assert csr.n_synapses == 0


@pytest.mark.parametrize("size", [0, -3, 2.5, "4", 2**31])
def test_a_bad_population_size_is_refused_by_name(size: Any) -> None:
    for refused in (
        lambda: fixed_probability(rng(), size, 5, 0.5),
        lambda: fixed_out_degree(rng(), size, 5, 1),
        lambda: all_to_all(size, 5),
    ):
        with pytest.raises(ShapeError, match="`n_pre=100`"):
            refused()
    with pytest.raises(ShapeError, match="`n=100`"):
        one_to_one(size)


def test_a_bad_offset_is_refused() -> None:
    for refused in (
        lambda: fixed_probability(rng(), 5, 5, 0.5, self_offset=0.5),  # type: ignore[arg-type]
        lambda: fixed_out_degree(rng(), 5, 5, 1, self_offset=0.5),  # type: ignore[arg-type]
        lambda: all_to_all(5, 5, self_offset=0.5),  # type: ignore[arg-type]
    ):
        with pytest.raises(ParameterError, match="self_offset=0`"):
            refused()


# Fixed probability


def pairs_by_loop(pairs: int, probability: float, seed: int) -> Iterator[int]:
    """The rule in plain integers: each word gives one gap, or passes the whole table."""
    table = min(math.ceil(4 / probability), 2**16)
    survival = 1 - Fraction(probability)
    thresholds = [min(math.floor(2**32 * survival**k), 2**32 - 1) for k in range(1, table + 1)]
    draw, position = rng(seed).next_draw(), 0
    for number in itertools.count():
        word = int(draw.words(number, 1)[0])
        gap = sum(word < threshold for threshold in thresholds)
        if position + gap >= pairs:
            return
        if gap < table:
            yield position + gap
        position += min(gap + 1, table)


@given(SIZE, SIZE, st.sampled_from([0.03, 0.1, 0.5, 0.9, 1.0]), OFFSET, st.integers(0, 5))
def test_pairs_are_those_of_the_integer_law(
    n_pre: int, n_post: int, probability: float, offset: int | None, seed: int
) -> None:
    csr = quietly(fixed_probability, rng(seed), n_pre, n_post, probability, self_offset=offset)
    expected = [divmod(pair, n_post) for pair in pairs_by_loop(n_pre * n_post, probability, seed)]
    expected = [(pre, post) for pre, post in expected if offset is None or post - pre != offset]
    assert list(zip(csr.pre_indices().tolist(), csr.indices.tolist(), strict=True)) == expected


class SameWords:
    """A draw whose words are all equal."""

    def __init__(self, word: int) -> None:
        self.word = word

    def words(self, start: int, count: int) -> np.ndarray:
        return np.full(count, self.word, np.uint32)


@pytest.mark.parametrize(("word", "gap"), [(2**31, 0), (2**31 - 1, 1), (2**30, 1), (2**30 - 1, 2)])
def test_a_gap_grows_just_below_a_threshold(word: int, gap: int) -> None:
    pairs = np.concatenate(list(connectivity._bernoulli(SameWords(word), 60, 0.5)))  # type: ignore[arg-type]
    assert pairs.tolist() == list(range(gap, 60, gap + 1))


@pytest.mark.parametrize("probability", [0.001, 0.02, 0.3, 0.97])
def test_degrees_have_the_binomial_law(probability: float) -> None:
    csr = fixed_probability(rng(), 1500, 2000, probability)
    scale = probability * (1.0 - probability)
    assert abs(csr.n_synapses - 3e6 * probability) < 4 * math.sqrt(3e6 * scale)
    in_degrees, out_degrees = np.bincount(csr.indices, minlength=2000), np.diff(csr.indptr)
    assert abs(chi_square_score(in_degrees, 1500 * probability, 1500 * scale)) < 4
    assert abs(chi_square_score(out_degrees, 2000 * probability, 2000 * scale)) < 4


@pytest.mark.parametrize("probability", [1e-300, 1e-12, 1e-6])
def test_a_tiny_probability_makes_few_synapses_at_once(probability: float) -> None:
    csr = quietly(fixed_probability, rng(), 10_000, 10_000, probability)
    assert abs(csr.n_synapses - 1e8 * probability) <= 4 * math.sqrt(1e8 * probability)


def test_probability_one_connects_all_pairs() -> None:
    full = fixed_probability(rng(), 7, 5, 1.0, self_offset=2)
    np.testing.assert_array_equal(full.dense(), all_to_all(7, 5, self_offset=2).dense())


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan, "many", None])
def test_a_probability_outside_the_unit_interval_is_refused(probability: Any) -> None:
    with pytest.raises(ParameterError, match=r"probability=k / 5"):
        fixed_probability(rng(), 5, 5, probability)


# Fixed out-degree


@given(SIZE, SIZE, st.data(), OFFSET, st.integers(0, 5))
def test_each_cell_gets_its_degree_in_distinct_others(
    n_pre: int, n_post: int, data: st.DataObject, offset: int | None, seed: int
) -> None:
    most = n_post - (offset is not None and -n_pre < offset < n_post)
    degree = data.draw(st.integers(0, most))
    csr = quietly(fixed_out_degree, rng(seed), n_pre, n_post, degree, self_offset=offset)
    assert (np.diff(csr.indptr) == degree).all()
    assert csr.dense().max() <= 1.0
    assert own_pairs(csr, offset) == 0


@pytest.mark.parametrize(("n_post", "degree"), [(9, 2), (5, 2), (5, 4)])
@pytest.mark.parametrize("offset", [None, 0])
def test_every_set_of_targets_is_equally_likely(n_post: int, degree: int, offset: int | None) -> None:
    # Only the first n_post cells have an own number among the targets: draw one of them over many seeds.
    if offset is None:
        sets = fixed_out_degree(rng(), 20_000, n_post, degree).indices.reshape(-1, degree)
    else:
        rows = [fixed_out_degree(rng(seed), 3, n_post, degree, self_offset=0).indices for seed in range(2000)]
        sets = np.array(rows)[:, degree : 2 * degree]
    counts = np.array(list(Counter(map(tuple, sets.tolist())).values()))
    possible = math.comb(n_post - (offset is not None), degree)
    expected = len(sets) / possible
    assert counts.size == possible
    assert ((counts - expected) ** 2).sum() / expected < possible - 1 + 4 * math.sqrt(2 * possible)


def test_targets_with_replacement_are_independent() -> None:
    csr = fixed_out_degree(rng(), 20_000, 4, 6, multapses=True)
    counts = np.bincount(csr.indices, minlength=4)
    assert (
        (counts - 30_000) ** 2 / 30_000
    ).sum() < 16.3  # chi-square, 3 degrees of freedom, one in a thousand
    # The number of synapses of one pair is binomial(6, 1/4).
    assert abs(chi_square_score(csr.dense()[:, 0], 1.5, 1.125)) < 4


def test_with_replacement_the_degree_may_exceed_the_targets() -> None:
    assert fixed_out_degree(rng(), 2, 3, 50, multapses=True).n_synapses == 100


@pytest.mark.parametrize(
    ("degree", "options"),
    [
        (6, {}),
        (5, {"self_offset": 0}),
        (-1, {}),
        (-1, {"multapses": True}),
        (2.5, {}),
    ],
)
def test_a_degree_that_cannot_be_is_refused(degree: Any, options: Any) -> None:
    with pytest.raises(ParameterError, match=r"fixed_out_degree: `degree`.*multapses=True"):
        fixed_out_degree(rng(), 4, 5, degree, **options)


def test_multapses_cannot_help_a_cell_without_targets() -> None:
    with pytest.raises(ParameterError, match="0 to 0"):
        fixed_out_degree(rng(), 1, 1, 1, multapses=True, self_offset=0)


# The two rules without chance


@given(SIZE)
def test_one_to_one_is_the_identity(n: int) -> None:
    np.testing.assert_array_equal(one_to_one(n).dense(), np.eye(n))


@given(SIZE, SIZE, OFFSET)
def test_all_to_all_lacks_only_the_own_diagonal(n_pre: int, n_post: int, offset: int | None) -> None:
    csr = quietly(all_to_all, n_pre, n_post, self_offset=offset)
    expected = np.ones((n_pre, n_post)) - (0 if offset is None else np.eye(n_pre, n_post, offset))
    np.testing.assert_array_equal(csr.dense(), expected)
