"""Rules of connectivity: degrees, numbers, distances and lists, held against what they promise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import stats

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, UnitError

Host = Callable[[Any], np.ndarray]
RULES: dict[str, Callable[[], Any]] = {
    "FixedOutDegree": lambda: iso.FixedOutDegree(60, 40, 7, 1 * u.nS),
    "FixedInDegree": lambda: iso.FixedInDegree(60, 40, 7, 1 * u.nS),
    "FixedTotalNumber": lambda: iso.FixedTotalNumber(60, 40, 300, 1 * u.nS),
    "multapses": lambda: iso.FixedTotalNumber(60, 40, 3000, 1 * u.nS, allow_multi_conn=True),
    "SmallWorld": lambda: iso.SmallWorld(60, 6, 0.2, 1 * u.nS),
    "line": lambda: iso.DistanceDependent(60, 40, 0.8, 0.2, 1 * u.nS),
    "torus": lambda: iso.DistanceDependent((6, 10), (4, 10), 0.8, 0.2, 1 * u.nS, profile="exponential", periodic=True),
    "ExplicitEdges": lambda: iso.ExplicitEdges(60, 40, np.arange(60)[::-1], np.arange(60) % 40, 1 * u.nS),
}


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def matrix(comm: Any, seed: int = 0, name: str | None = None) -> np.ndarray:
    """Draw and return the matrix of a connection."""
    with iso.environ.context(seed=seed):
        return np.asarray(iso.init_all_states(comm, name=name).csr.dense())


def is_uniform(counts: np.ndarray) -> bool:
    """Say whether counts may be those of equally likely events, at one in a thousand."""
    return bool(stats.chisquare(counts.ravel()).pvalue > 1e-3)


@pytest.mark.parametrize("rule", [name for name in RULES if name != "ExplicitEdges"])
def test_synapses_depend_on_seed_and_path_only(rule: str) -> None:
    first = matrix(RULES[rule]())
    assert (matrix(RULES[rule]()) == first).all()
    assert (matrix(RULES[rule](), seed=1) != first).any()
    assert (matrix(RULES[rule](), name="another") != first).any()


@pytest.mark.parametrize("rule", RULES)
def test_delivered_is_the_matrix_product(backend: str, host: Host, rule: str) -> None:
    comm = RULES[rule]()
    dense = matrix(comm)
    spikes = np.random.default_rng(1).integers(0, 2, comm.in_size).astype(float)
    np.testing.assert_allclose(host(comm(spikes)).ravel(), spikes.ravel() @ dense, rtol=1e-14)


def test_a_fixed_degree_is_the_same_of_every_cell_and_the_other_is_binomial() -> None:
    out = matrix(iso.FixedOutDegree(2000, 500, 50, 1.0))
    into = matrix(iso.FixedInDegree(2000, 500, 50, 1.0))
    assert (out.sum(1) == 50).all()
    assert (into.sum(0) == 50).all()
    assert max(out.max(), into.max()) == 1
    # The others are sums of independent choices with probability 50 / 500 and 50 / 2000.
    for free, n, p in ((out.sum(0), 2000, 0.1), (into.sum(1), 500, 0.025)):
        score = ((free - n * p) ** 2).sum() / (n * p * (1 - p))
        assert abs(score - free.size) < 4 * math.sqrt(2 * free.size)


def test_each_source_of_a_cell_is_equally_likely_and_a_cell_is_none_of_its_own() -> None:
    counts = sum(matrix(iso.FixedInDegree(6, 4, 2, 1.0, self_offset=-1), seed=s) for s in range(2000))
    own = np.eye(6, 4, -1, dtype=bool)
    assert not counts[own].any()
    for post in range(4):
        assert is_uniform(counts[~own[:, post], post])


def test_repetitions_are_drawn_where_they_are_allowed() -> None:
    many = matrix(iso.FixedInDegree(5, 300, 12, 1.0, allow_multi_conn=True))
    assert (many.sum(0) == 12).all()
    assert is_uniform(many.sum(1))
    # One pair has a binomial number of synapses.
    seen = np.bincount(many[0].astype(int), minlength=13)
    law = stats.binom(12, 0.2).pmf(np.arange(13)) * 300
    grouped = [[row[0], *row[1:6], row[6:].sum()] for row in (seen, law)]
    assert stats.chisquare(*grouped).pvalue > 1e-3


@pytest.mark.parametrize("number", [0, 5, 14, 20])
@pytest.mark.filterwarnings("ignore:.*no synapse")
def test_every_set_of_so_many_pairs_is_equally_likely(number: int) -> None:
    # Below half of the 20 pairs and above it, where the rule finds the pairs that are left out.
    draws = np.array([matrix(iso.FixedTotalNumber(5, 5, number, 1.0, self_offset=0), seed=s) for s in range(1000)])
    assert (draws.sum((1, 2)) == number).all()
    assert draws.max(initial=0) <= 1
    off = ~np.eye(5, dtype=bool)
    assert not draws[:, ~off].any()
    counts = draws[:, off].sum(0)
    if 0 < number < 20:
        # Of fixed total, the variance of each count is smaller than that of independent ones by (1 - number / 20).
        score = ((counts - 50 * number) ** 2).sum() / (50 * number * (1 - number / 20))
        assert stats.chi2(19).sf(score * 19 / 20) > 1e-3
        together = draws[:, 0, 1] @ draws[:, 0, 2] / 1000
        expected = number * (number - 1) / (20 * 19)
        assert together == pytest.approx(expected, abs=4 * math.sqrt(expected / 1000))


def test_many_pairs_have_binomial_degrees() -> None:
    dense = matrix(iso.FixedTotalNumber(1000, 500, 50_000, 1.0))
    assert dense.max() == 1
    for degrees, n in ((dense.sum(1), 500), (dense.sum(0), 1000)):
        score = ((degrees - n * 0.1) ** 2).sum() / (n * 0.1 * 0.9)
        assert abs(score - degrees.size) < 4 * math.sqrt(2 * degrees.size)


def test_a_ring_has_the_nearest_neighbours() -> None:
    dense = matrix(iso.SmallWorld(10, 4, 0.0, 1.0))
    apart = (np.arange(10)[None] - np.arange(10)[:, None]) % 10
    assert (dense == np.isin(apart, (1, 2, 8, 9))).all()


def test_a_synapse_is_rewired_with_its_probability_to_any_other_cell() -> None:
    n, k, p = 2000, 10, 0.3
    dense = matrix(iso.SmallWorld(n, k, p, 1.0))
    apart = (np.arange(n)[None] - np.arange(n)[:, None]) % n
    by_distance = np.array([dense[apart == d].sum() for d in range(n)])
    assert (dense.sum(1) == k).all()
    assert by_distance[0] == 0
    ring = np.r_[1 : k // 2 + 1, n - k // 2 : n]
    # A neighbour is kept, or it was rewired away and chosen again, which is rare.
    again = k * p**2 / n
    np.testing.assert_allclose(by_distance[ring], n * (1 - p + again), atol=4 * math.sqrt(n * p * (1 - p)))
    far = np.delete(by_distance, np.r_[0, ring])
    assert far.mean() == pytest.approx(n * k * p / (n - k * (1 - p) - 1), rel=0.03)
    assert abs(((far - far.mean()) ** 2).sum() / far.mean() - far.size) < 4 * math.sqrt(2 * far.size)


def test_a_world_that_is_all_rewired_is_a_random_one() -> None:
    counts = sum(matrix(iso.SmallWorld(7, 4, 1.0, 1.0), seed=s) for s in range(1500))
    off = ~np.eye(7, dtype=bool)
    assert not counts[~off].any()
    score = ((counts[off] - 1000) ** 2).sum() / (1500 * (4 / 6) * (2 / 6))
    assert stats.chi2(42).sf(score) > 1e-3


@pytest.mark.parametrize(
    ("sizes", "periodic", "profile"),
    [
        (((6, 4), (4, 6)), False, "gaussian"),
        (((6, 4), (4, 6)), True, "exponential"),
        (((7,), (5,)), False, "exponential"),
        (((8,), (8,)), True, "gaussian"),
    ],
)
def test_a_pair_is_connected_with_the_probability_of_its_distance(sizes: Any, periodic: bool, profile: str) -> None:
    extent = (1.0, 2.0)[: len(sizes[0])]
    options = {"profile": profile, "periodic": periodic, "extent": extent * u.mm}
    draws = [
        matrix(iso.DistanceDependent(*sizes, 0.9, 300 * u.um, 1.0, **options), seed=s, name=f"d{s}") for s in range(500)
    ]
    assert max(d.max() for d in draws) == 1
    probability = 0.9 * law(*(positions(size, extent) for size in sizes), extent, periodic, profile)
    expected, variance = 500 * probability, 500 * probability * (1 - probability)
    score = (sum(draws) - expected) / np.sqrt(variance)
    common = np.minimum(expected, 500 - expected) > 10
    assert common.sum() > 20
    assert abs((score[common] ** 2).sum() - common.sum()) < 4 * math.sqrt(2 * common.sum())
    rare = expected[~common].sum()
    assert abs(sum(draws)[~common].sum() - rare) < 4 * math.sqrt(variance[~common].sum()) + 1


def positions(size: tuple[int, ...], extent: tuple[float, ...]) -> np.ndarray:
    axes = [(np.arange(n) + 0.5) / n * length for n, length in zip(size, extent, strict=True)]
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)


def law(pre: np.ndarray, post: np.ndarray, extent: Any, periodic: bool, profile: str) -> np.ndarray:
    apart = abs(pre[:, None] - post[None])
    apart = np.minimum(apart, np.array(extent) - apart) if periodic else apart
    squared = (apart**2).sum(-1)
    return np.exp(-squared / (2 * 0.3**2)) if profile == "gaussian" else np.exp(-np.sqrt(squared) / 0.3)


def test_a_sheet_of_many_cells_has_as_many_synapses_as_its_law() -> None:
    comm = iso.DistanceDependent((60, 40), (30, 40), 0.7, 0.05, 1.0, periodic=True)
    dense = matrix(comm)
    area = 2 * math.pi * 0.05**2 * 0.7
    assert dense.sum() == pytest.approx(2400 * 1200 * area, rel=0.02)
    assert dense.max() == 1


def test_listed_synapses_are_those_of_the_list_with_their_weights(backend: str, host: Host) -> None:
    rng = np.random.default_rng(3)
    keys = rng.permutation(60 * 40)[:500]
    weights = rng.normal(size=500)
    comm = iso.init_all_states(iso.ExplicitEdges(60, 40, keys // 40, keys % 40, weights * u.nS))
    expected = np.zeros((60, 40))
    expected[keys // 40, keys % 40] = weights
    assert (comm.csr.dense(host(comm.weight.value)) == expected).all()
    x = rng.normal(size=60)
    np.testing.assert_allclose(host(comm(x)), x @ expected, rtol=1e-12, atol=1e-13)


def test_a_pair_may_be_listed_twice_where_that_is_said() -> None:
    twice = {"pre": [1, 1, 0], "post": [0, 0, 2], "weight": np.array([1.0, 2.0, 4.0])}
    with pytest.raises(ParameterError, match=r"cell 1 is connected to cell 0 more than once"):
        iso.ExplicitEdges(2, 3, **twice)
    comm = iso.init_all_states(iso.ExplicitEdges(2, 3, **twice, allow_multi_conn=True))
    assert comm.csr.dense(np.asarray(comm.weight.value)).tolist() == [[0, 0, 4], [3, 0, 0]]


def test_trained_weights_of_a_list_are_in_the_order_of_the_rows() -> None:
    weight = iso.ParamState(np.array([1.0, 2.0]))
    assert iso.init_all_states(iso.ExplicitEdges(2, 2, [0, 1], [0, 1], weight)).weight is weight
    with pytest.raises(ParameterError, match=r"np\.lexsort"):
        iso.ExplicitEdges(2, 2, [1, 0], [0, 1], weight)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: iso.FixedOutDegree(5, 5, 6, 1.0), ParameterError, r"FixedOutDegree\(degree=6\).*0 to 5"),
        (lambda: iso.FixedInDegree(4, 5, 5, 1.0), ParameterError, r"FixedInDegree\(degree=5\).*0 to 4"),
        (lambda: iso.FixedInDegree(4, 5, 0.5, 1.0), ParameterError, r"FixedInDegree\(degree=0\.5\)"),
        (lambda: iso.FixedTotalNumber(4, 5, 21, 1.0), ParameterError, r"number=21\).*0 to 20.*allow_multi_conn"),
        (lambda: iso.SmallWorld(9, 3, 0.1, 1.0), ParameterError, r"SmallWorld\(degree=3\).*even"),
        (lambda: iso.SmallWorld(9, 10, 0.1, 1.0), ParameterError, r"SmallWorld\(degree=10\)"),
        (lambda: iso.SmallWorld(9, 2, 1.1, 1.0), ParameterError, r"SmallWorld\(prob=1\.1\)"),
        (lambda: iso.DistanceDependent(5, (5, 5), 0.5, 0.1, 1.0), ShapeError, "as many axes"),
        (lambda: iso.DistanceDependent(5, 5, 2, 0.1, 1.0), ParameterError, r"DistanceDependent\(prob=2\)"),
        (lambda: iso.DistanceDependent(5, 5, 0.5, -0.1, 1.0), ParameterError, r"scale=\.\.\.\) is -0\.1.*scale=0\.1"),
        (lambda: iso.DistanceDependent(5, 5, 0.5, 1 * u.mm, 1.0), UnitError, r"DistanceDependent\(scale"),
        (lambda: iso.DistanceDependent(5, 5, 0.5, 0.1, 1.0, profile="box"), ParameterError, "gaussian"),
        (lambda: iso.DistanceDependent(5, 5, 0.5, 0.1, 1.0, extent=(1.0, 1.0)), ParameterError, "extent"),
        (lambda: iso.ExplicitEdges(5, 5, [0, 5], [0, 0], 1.0), ParameterError, r"`pre` must lie in \[0, 5\)"),
        (lambda: iso.ExplicitEdges(5, 5, [0, 1], [0], 1.0), ShapeError, r"\(2,\) and \(1,\)"),
        (lambda: iso.ExplicitEdges(5, 5, [0.5], [0], 1.0), ShapeError, "vector of whole numbers"),
        (lambda: iso.ExplicitEdges(5, 5, [0, 1], [0, 0], np.ones(3)), ShapeError, r"\(3,\).*\(2,\)"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_when_the_connection_is_built(
    make: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make()
