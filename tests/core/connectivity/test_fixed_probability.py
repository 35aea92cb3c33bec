from __future__ import annotations

import importlib
import itertools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.connectivity import all_to_all, fixed_probability
from isospike.errors import ParameterError
from isospike.random.host import HostRandom

# What skips from one connected pair to the next.
FILE = importlib.import_module("isospike.connectivity.skipping")

SIZE = st.integers(1, 30)
OFFSET = st.none() | st.integers(-31, 31)


def rng(seed: int = 1) -> HostRandom:
    return HostRandom(seed, "E to I")


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


@pytest.mark.filterwarnings("ignore::isospike.errors.PlausibilityWarning")
@given(SIZE, SIZE, st.sampled_from([0.03, 0.1, 0.5, 0.9, 1.0]), OFFSET, st.integers(0, 5))
def test_pairs_are_those_of_the_integer_law(
    n_pre: int, n_post: int, probability: float, offset: int | None, seed: int
) -> None:
    csr = fixed_probability(rng(seed), n_pre, n_post, probability, self_offset=offset)
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
    pairs = np.concatenate(list(FILE.bernoulli(SameWords(word), 60, 0.5)))
    assert pairs.tolist() == list(range(gap, 60, gap + 1))


@pytest.mark.parametrize("probability", [0.001, 0.02, 0.3, 0.97])
def test_degrees_have_the_binomial_law(probability: float, chi_square_score: Callable[..., float]) -> None:
    csr = fixed_probability(rng(), 1500, 2000, probability)
    scale = probability * (1.0 - probability)
    assert abs(csr.n_synapses - 3e6 * probability) < 4 * math.sqrt(3e6 * scale)
    in_degrees, out_degrees = np.bincount(csr.indices, minlength=2000), np.diff(csr.indptr)
    assert abs(chi_square_score(in_degrees, 1500 * probability, 1500 * scale)) < 4
    assert abs(chi_square_score(out_degrees, 2000 * probability, 2000 * scale)) < 4


@pytest.mark.filterwarnings("ignore::isospike.errors.PlausibilityWarning")
@pytest.mark.parametrize("probability", [1e-300, 1e-12, 1e-6])
def test_a_tiny_probability_makes_few_synapses_at_once(probability: float) -> None:
    csr = fixed_probability(rng(), 10_000, 10_000, probability)
    assert abs(csr.n_synapses - 1e8 * probability) <= 4 * math.sqrt(1e8 * probability)


def test_probability_one_connects_all_pairs() -> None:
    full = fixed_probability(rng(), 7, 5, 1.0, self_offset=2)
    np.testing.assert_array_equal(full.dense(), all_to_all(7, 5, self_offset=2).dense())


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan, "many", None])
def test_a_probability_outside_the_unit_interval_is_refused(probability: Any) -> None:
    with pytest.raises(ParameterError, match=r"probability=k / 5"):
        fixed_probability(rng(), 5, 5, probability)
