from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.errors import ParameterError
from isospike_conformance.compare.activity import Activity
from isospike_conformance.compare.quantity import compare_quantity, z_score
from isospike_conformance.compare.statistics import compare_statistics
from isospike_conformance.compare.survival import compare_survival, fisher_exact, survived

STEPS, DT, CELLS = 20_000, 0.5, 60  # 10 s


def network(seed: int, *, rate: float = 20.0, dead_ms: float = 5.0, cells: int = CELLS, until: float = 1.0) -> Activity:
    """Return cells with exponential intervals after a dead time, silent after the fraction ``until`` of the run."""
    random = np.random.default_rng(seed)
    many = int(3 * rate * STEPS * DT / 1000) + 30
    isi = dead_ms + random.exponential(1000.0 / rate - dead_ms, (cells, many))
    steps = np.cumsum(isi, axis=1) / DT
    neurons, place = np.nonzero(steps < until * STEPS)
    return Activity(steps[neurons, place].astype(np.int64), neurons, cells, 0, STEPS, DT)


def ensemble(seeds: range, **options: float) -> list[dict[str, Activity]]:
    return [{"E": network(seed, **options)} for seed in seeds]


REFERENCE = ensemble(range(8))


def failing(verdict) -> set[tuple[str, str]]:
    return {(q.population, q.quantity) for q in verdict.quantities if not q}


def test_other_seeds_of_the_same_network_pass() -> None:
    verdict = compare_statistics(REFERENCE, ensemble(range(100, 104)))
    assert verdict
    assert [(q.population, q.quantity) for q in verdict.quantities] == [
        ("E", "rate"),
        ("E", "cv_isi"),
        ("E", "isi"),
        ("E", "correlation"),
    ]
    assert all(q.can_fail_ks for q in verdict.quantities)
    assert str(verdict).startswith("4 of 4 quantities agree")


def test_another_rate_fails() -> None:
    verdict = compare_statistics(REFERENCE, ensemble(range(100, 104), rate=22.0))
    assert not verdict
    assert {("E", "rate"), ("E", "isi")} <= failing(verdict)
    assert "E rate 21.9" in str(verdict)


def test_another_refractory_time_at_the_same_rate_fails_by_intervals() -> None:
    verdict = compare_statistics(REFERENCE, ensemble(range(100, 104), dead_ms=10.0))
    assert ("E", "isi") in failing(verdict)
    assert ("E", "rate") not in failing(verdict)


def test_cells_in_synchrony_fail_by_correlations_though_their_trains_are_right() -> None:
    def copied(seed: int) -> Activity:
        one = network(seed, cells=CELLS // 2)
        neurons = np.concatenate([one.neurons, one.neurons + CELLS // 2])
        return Activity(np.tile(one.steps, 2), neurons, CELLS, 0, STEPS, DT)

    verdict = compare_statistics(REFERENCE, [{"E": copied(seed)} for seed in range(100, 103)])
    assert failing(verdict) >= {("E", "correlation")}
    assert ("E", "isi") not in failing(verdict)


def test_one_wrong_population_of_two_is_found() -> None:
    two = [{"E": network(s), "I": network(s + 50, rate=40.0)} for s in range(8)]
    bad = [{"E": network(s), "I": network(s + 50, rate=44.0)} for s in range(100, 102)]
    assert {population for population, _ in failing(compare_statistics(two, bad))} == {"I"}


def test_one_seed_that_strays_is_reported_and_half_of_them_fail() -> None:
    good, bad = ensemble(range(100, 104)), ensemble(range(104, 108), dead_ms=12.0)
    verdict = compare_statistics(REFERENCE, [*good, bad[0]])
    isi = next(q for q in verdict.quantities if q.quantity == "isi")
    assert isi.ks <= isi.ks_limit < isi.ks_worst
    assert ("E", "isi") in failing(compare_statistics(REFERENCE, [*good, *bad]))


def test_seeds_that_died_are_set_aside_and_reported() -> None:
    dead = ensemble(range(50, 52), until=0.3)
    alive = ensemble(range(100, 104))
    verdict = compare_statistics([*REFERENCE[:3], *dead, *REFERENCE[3:]], [dead[0], *alive])
    assert verdict
    assert verdict.survival.died_reference == (3, 4)
    assert verdict.survival.died_candidate == (0,)
    assert "8 of 10 reference seeds survived (died: 3, 4), 4 of 5 candidate" in str(verdict)
    assert verdict.quantities == compare_statistics(REFERENCE, alive).quantities


def test_a_candidate_that_always_dies_fails_whatever_the_odds() -> None:
    verdict = compare_statistics(REFERENCE, ensemble(range(100, 101), until=0.3))
    assert not verdict
    assert verdict.quantities == ()
    assert not verdict.survival
    assert verdict.survival.p > verdict.survival.p_limit  # one death alone proves little, but nothing was compared


def test_a_candidate_that_dies_far_more_often_fails_though_its_survivors_are_right() -> None:
    candidate = [*ensemble(range(100, 101)), *ensemble(range(101, 112), until=0.3)]
    verdict = compare_statistics(REFERENCE, candidate)
    assert not failing(verdict)
    assert not verdict


def test_a_network_survives_while_any_population_spikes_in_the_last_fifth() -> None:
    silent = Activity(np.zeros(0, int), np.zeros(0, int), CELLS, 0, STEPS, DT)

    def once(step: int) -> Activity:
        return Activity(np.array([step]), np.array([0]), CELLS, 0, STEPS, DT)

    assert not survived({"E": silent})
    assert survived({"E": silent, "I": once(STEPS - 1)})
    assert survived({"E": once(STEPS * 4 // 5)})
    assert not survived({"E": once(STEPS * 4 // 5 - 1)})
    assert not survived({"E": Activity(np.array([STEPS * 3 // 2]), np.array([0]), CELLS, STEPS, 2 * STEPS, DT)})


def test_a_comparison_without_a_meaning_is_refused_not_failed() -> None:
    good = ensemble(range(100, 101))
    with pytest.raises(ParameterError, match="7 of 7 reference seeds survived; expected at least 8"):
        compare_statistics(REFERENCE[:7], good)
    with pytest.raises(ParameterError, match="7 of 8 reference seeds survived"):
        compare_statistics([*REFERENCE[:7], *ensemble(range(1), until=0.2)], good)
    with pytest.raises(ParameterError, match="at least 2"):
        compare_statistics(REFERENCE[:1], good, min_seeds=1)
    with pytest.raises(ParameterError, match="at least 10 s"):
        compare_statistics(*[[{"E": network(0).after(100.0)}]] * 2)
    with pytest.raises(ParameterError, match="candidate seed 0"):
        compare_statistics(REFERENCE, ensemble(range(1), cells=CELLS + 1))
    with pytest.raises(ParameterError, match="candidate seed 0"):
        compare_statistics(REFERENCE, [{"I": network(0)}])
    with pytest.raises(ParameterError, match="0 candidate seeds"):
        compare_statistics(REFERENCE, [])
    a = network(0)
    finer = Activity(a.steps, a.neurons, CELLS, 0, STEPS, DT / 2)
    with pytest.raises(ParameterError, match="one design"):
        compare_statistics(REFERENCE, [{"E": finer}])


def test_runs_of_one_design_may_begin_at_other_steps() -> None:
    a = network(100)
    later = Activity(a.steps + 500, a.neurons, CELLS, 500, STEPS + 500, DT)
    found = [compare_statistics(REFERENCE, [{"E": x}]) for x in (a, later)]
    assert found[0] == found[1]


def test_the_shortest_window_of_all_populations_must_be_long_enough() -> None:
    seeds = [{"E": network(s), "I": network(s).after(200.0)} for s in range(2)]
    with pytest.raises(ParameterError, match="runs of 9800 ms"):
        compare_statistics(seeds, seeds, min_seeds=2)
    assert compare_statistics(seeds, seeds, min_seeds=2, min_seconds=9.8).quantities


def test_the_record_is_json_with_infinite_scores_too() -> None:
    same = [REFERENCE[0]] * 3
    verdict = compare_statistics(same, [REFERENCE[1]], min_seeds=3)
    record = json.loads(json.dumps(verdict.as_json(), allow_nan=False))
    assert record["passed"] is False
    assert record["quantities"][0]["z"] in ("inf", "-inf")
    assert record["survival"]["n_reference"] == 3
    assert compare_statistics(same, [REFERENCE[0]], min_seeds=3)


def quantity(reference: list[list[float]], candidate: list[list[float]]):
    sides = [[np.array(sample, float) for sample in side] for side in (reference, candidate)]
    return compare_quantity(*sides, population="E", quantity="rate", unit="Hz")


def test_the_limit_of_the_distance_is_one_and_a_half_times_that_of_the_furthest_seed() -> None:
    reference = [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 7]]
    inside = quantity(reference, [[2, 2, 3, 4, 5, 6]])
    assert inside.ks_limit == 1.5 / 6
    assert inside.ks == pytest.approx(1 / 6)
    assert inside
    outside = quantity(reference, [[3, 3, 3, 4, 5, 6]])
    assert outside.ks == pytest.approx(1 / 3)
    assert not outside


def test_a_limit_of_one_or_more_is_said_to_be_unable_to_fail() -> None:
    assert not quantity([[1, 2, 3], [1, 2, 3], [3, 4, 5]], [[1, 2, 3]]).can_fail_ks  # 2/3 by 1.5
    assert quantity([[1, 2, 3], [1, 2, 3], [2, 3, 4]], [[1, 2, 3]]).can_fail_ks


def test_the_middle_candidate_seed_counts_and_the_worst_is_kept() -> None:
    reference = [[1, 2], [1, 2], [1, 2]]
    one_of_three = quantity(reference, [[1, 2], [2, 2], [1, 2]])
    assert (one_of_three.ks, one_of_three.ks_worst) == (0.0, 0.5)
    assert quantity(reference, [[1, 2], [2, 2], [2, 2]]).ks == 0.5


def test_a_mean_beyond_four_standard_errors_fails_on_either_side_even_where_the_distance_cannot() -> None:
    reference = [[10.0], [11.0], [12.0]]  # mean 11, sd 1: one seed more has a standard error of sqrt(4/3)
    for sign in (-1, 1):
        near, far = (quantity(reference, [[11 + sign * z * math.sqrt(4 / 3)]]) for z in (3.99, 4.01))
        assert near.z == pytest.approx(sign * 3.99)
        assert near
        assert not far
        assert not near.can_fail_ks
        assert "cannot fail" in str(near)


def test_a_quantity_that_one_side_lacks_fails() -> None:
    assert quantity([[], []], [[]])
    assert not quantity([[], []], [[1.0]])
    assert not quantity([[1.0], [2.0]], [[]])
    assert math.isnan(quantity([[1.0], [2.0]], [[]]).candidate_mean)


def test_z_by_hand() -> None:
    assert z_score([1.0, 2.0, 3.0], [4.0]) == pytest.approx(2 / math.sqrt(4 / 3))
    assert z_score([1.0, 2.0, 3.0], [4.0, 4.0, 4.0]) == pytest.approx(2 / math.sqrt(2 / 3))
    assert z_score([0.1] * 3, [0.1]) == 0.0
    assert z_score([0.1] * 3, [0.2]) == math.inf
    assert z_score([0.1] * 3, [0.0]) == -math.inf
    assert z_score([], []) == 0.0
    assert z_score([1.0], [1.1]) == math.inf


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ((0, 8, 8, 8), 2 / math.comb(16, 8)),
        ((1, 8, 8, 8), 16 / math.comb(16, 9)),
        ((3, 4, 1, 4), 34 / 70),  # Fisher's lady tasting tea
        ((0, 5, 0, 9), 1.0),
        ((2, 5, 2, 5), 1.0),
    ],
)
def test_fisher_by_hand(table: tuple[int, int, int, int], p: float) -> None:
    assert fisher_exact(*table) == pytest.approx(p, rel=1e-12)


@given(st.integers(0, 12), st.integers(0, 12), st.data())
def test_fisher_is_symmetric_in_sides_and_in_hits(n: int, m: int, data) -> None:
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    assert fisher_exact(a, n, b, m) == fisher_exact(b, m, a, n) == fisher_exact(n - a, n, m - b, m)
    assert 0 < fisher_exact(a, n, b, m) <= 1


def test_survival_of_eight_against_none_fails_and_against_one_does_not() -> None:
    dead = ensemble(range(7), until=0.2)
    alone = [REFERENCE[0]]
    assert compare_survival(REFERENCE, [*alone, *dead])
    none = compare_survival(REFERENCE, [*dead, dead[0]])
    assert none.p < none.p_limit
    assert not none
