from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.connectivity import fixed_out_degree
from isospike.errors import ParameterError
from isospike.random.host import HostRandom

SIZE = st.integers(1, 30)
OFFSET = st.none() | st.integers(-31, 31)


def rng(seed: int = 1) -> HostRandom:
    return HostRandom(seed, "E to I")


@pytest.mark.filterwarnings("ignore::isospike.errors.PlausibilityWarning")
@given(SIZE, SIZE, st.data(), OFFSET, st.integers(0, 5))
def test_each_cell_gets_its_degree_in_distinct_others(
    n_pre: int, n_post: int, data: st.DataObject, offset: int | None, seed: int
) -> None:
    most = n_post - (offset is not None and -n_pre < offset < n_post)
    degree = data.draw(st.integers(0, most))
    csr = fixed_out_degree(rng(seed), n_pre, n_post, degree, self_offset=offset)
    assert (np.diff(csr.indptr) == degree).all()
    assert csr.dense().max() <= 1.0
    assert offset is None or not np.any(csr.indices - csr.pre_indices() == offset)


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


def test_targets_with_replacement_are_independent(chi_square_score: Callable[..., float]) -> None:
    csr = fixed_out_degree(rng(), 20_000, 4, 6, multapses=True)
    counts = np.bincount(csr.indices, minlength=4)
    # Chi-square, 3 degrees of freedom, one in a thousand.
    assert ((counts - 30_000) ** 2 / 30_000).sum() < 16.3
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
