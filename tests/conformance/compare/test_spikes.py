from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.errors import ParameterError, ShapeError
from isospike_conformance.compare.spikes import compare_trains

SPIKES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), max_size=9)


def train(spikes: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(spikes, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1].astype(np.int32)


def most_pairs(ours: list[tuple[int, int]], theirs: list[tuple[int, int]], shift: int) -> int:
    """Return the size of a largest one-to-one matching, by augmenting paths."""
    partner: dict[int, int] = {}

    def place(i: int, seen: set[int]) -> bool:
        for j, (step, neuron) in enumerate(theirs):
            if j not in seen and neuron == ours[i][1] and abs(step - ours[i][0]) <= shift:
                seen.add(j)
                if j not in partner or place(partner[j], seen):
                    partner[j] = i
                    return True
        return False

    return sum(place(i, set()) for i in range(len(ours)))


def without_common(ours: list[tuple[int, int]], theirs: list[tuple[int, int]]) -> tuple[list, list]:
    ours, theirs = list(ours), list(theirs)
    for spike in list(ours):
        if spike in theirs:
            ours.remove(spike)
            theirs.remove(spike)
    return ours, theirs


@given(SPIKES, SPIKES, st.integers(0, 4))
def test_counts_agree_with_a_search_for_the_largest_matching(ours, theirs, shift) -> None:
    verdict = compare_trains(train(ours), train(theirs), max_shift=shift)
    rest, other = without_common(ours, theirs)
    pairs = most_pairs(rest, other, shift)
    assert verdict.identical == len(ours) - len(rest)
    assert (verdict.shifted, verdict.missing, verdict.extra) == (pairs, len(rest) - pairs, len(other) - pairs)
    assert verdict.largest_shift <= shift
    assert verdict.passed == (sorted(ours) == sorted(theirs))


@given(SPIKES, SPIKES, st.integers(0, 4))
def test_the_comparison_is_symmetric(ours, theirs, shift) -> None:
    there = compare_trains(train(ours), train(theirs), max_shift=shift)
    back = compare_trains(train(theirs), train(ours), max_shift=shift)
    assert (there.missing, there.extra, there.shifted) == (back.extra, back.missing, back.shifted)
    assert (there.identical, there.coincidence, there.passed) == (back.identical, back.coincidence, back.passed)
    assert there.largest_shift == back.largest_shift
    assert (there.first is None) == (back.first is None)
    if there.first is not None:
        assert (there.first.step, there.first.neuron) == (back.first.step, back.first.neuron)
        assert there.first.spiked_in != back.first.spiked_in


@given(SPIKES, st.randoms())
def test_the_order_of_spikes_does_not_matter(spikes, random) -> None:
    other = list(spikes)
    random.shuffle(other)
    assert compare_trains(train(spikes), train(other))


def test_a_shift_counts_only_within_its_reach_and_never_passes() -> None:
    ref, got = train([(10, 0), (50, 1)]), train([(12, 0), (50, 1)])
    near, far = compare_trains(ref, got, max_shift=2), compare_trains(ref, got, max_shift=1)
    assert (near.identical, near.shifted, near.missing, near.extra) == (1, 1, 0, 0)
    assert (near.mean_shift, near.largest_shift, near.coincidence) == (2.0, 2, 1.0)
    assert (far.identical, far.shifted, far.missing, far.extra) == (1, 0, 1, 1)
    assert far.coincidence == 0.5
    assert not near
    assert not far
    assert compare_trains(got, ref, max_shift=2).mean_shift == -2.0


def test_a_whole_train_shifted_by_one_step_is_no_coincidence_and_all_shifted() -> None:
    steps, neurons = np.arange(0, 1000, 7), np.arange(143) % 10
    verdict = compare_trains((steps, neurons), (steps + 1, neurons), max_shift=1)
    assert (verdict.identical, verdict.shifted, verdict.mean_shift) == (0, 143, 1.0)
    assert compare_trains((steps, neurons), (steps + 1, neurons)).coincidence == 0.0


def test_shifts_are_averaged_with_their_sign_and_the_largest_is_kept() -> None:
    verdict = compare_trains(train([(10, 0), (30, 0), (50, 0)]), train([(13, 0), (31, 0), (48, 0)]), max_shift=5)
    assert (verdict.shifted, verdict.largest_shift, verdict.mean_shift) == (3, 3, 2 / 3)
    none = compare_trains(train([(10, 0)]), train([(10, 0)]), max_shift=5)
    assert (none.shifted, none.largest_shift, none.mean_shift) == (0, 0, 0.0)


def test_spikes_of_neighbouring_cells_are_never_paired() -> None:
    verdict = compare_trains(train([(0, 1), (9, 0)]), train([(0, 0), (9, 1)]), max_shift=8)
    assert (verdict.shifted, verdict.missing, verdict.extra) == (0, 2, 2)
    last_and_first = compare_trains(train([(12, 0)]), train([(0, 1)]), max_shift=11)
    assert last_and_first.shifted == 0


def test_one_spike_is_the_partner_of_one_other_only() -> None:
    verdict = compare_trains(train([(5, 0)]), train([(4, 0), (6, 0)]), max_shift=1)
    assert (verdict.shifted, verdict.missing, verdict.extra) == (1, 0, 1)
    twice = compare_trains(train([(5, 0)]), train([(5, 0), (5, 0)]))
    assert (twice.identical, twice.extra, twice.passed) == (1, 1, False)


def test_the_first_mismatch_is_the_earliest_in_time_not_that_of_the_first_cell() -> None:
    common = [(1, 4)]
    verdict = compare_trains(train([*common, (30, 0)]), train([*common, (20, 7), (20, 9)]))
    assert (verdict.first.step, verdict.first.neuron, verdict.first.spiked_in) == (20, 7, "candidate")
    assert "first at step 20, neuron 7, only in the candidate" in str(verdict)


def test_silence_equals_silence_and_nothing_else() -> None:
    silent = train([])
    assert compare_trains(silent, silent).coincidence == 1.0
    assert compare_trains(silent, silent)
    for verdict in (compare_trains(silent, train([(3, 0)])), compare_trains(train([(3, 0)]), silent)):
        assert not verdict
        assert verdict.coincidence == 0.0


def test_late_steps_and_unsigned_columns_are_fine() -> None:
    steps, neurons = np.array([10**17, 10**17 + 3], np.uint64), np.array([0, 999], np.uint16)
    verdict = compare_trains((steps, neurons), (steps + np.uint64(1), neurons), max_shift=1)
    assert (verdict.shifted, verdict.first.step, verdict.first.neuron) == (2, 10**17, 0)


def test_what_is_not_a_train_is_refused() -> None:
    good = train([(1, 0)])
    with pytest.raises(ShapeError, match=r"the candidate has steps of shape \(2,\)"):
        compare_trains(good, (np.arange(2), np.arange(1)))
    with pytest.raises(ParameterError, match="dtype float64"):
        compare_trains((np.array([1.0]), np.array([0])), good)
    with pytest.raises(ParameterError, match="counted from 0"):
        compare_trains(good, (np.array([1, 2]), np.array([-1, 3])))
    with pytest.raises(ParameterError, match="max_shift=1"):
        compare_trains(good, good, max_shift=-1)
    with pytest.raises(ParameterError, match="exceed 64 bits"):
        compare_trains(good, (np.array([2**60]), np.array([7])))  # 8 cells of 2^60 steps: one key too many
    assert compare_trains(good, (np.array([2**60]), np.array([6]))).first.step == 1


def test_many_spikes_are_compared_at_once() -> None:
    random = np.random.default_rng(0)
    steps, neurons = random.integers(0, 10**6, 10**6), random.integers(0, 10**4, 10**6)
    other = steps.copy()
    other[::1000] += 10**6
    verdict = compare_trains((steps, neurons), (other, neurons), max_shift=3)
    assert (verdict.missing, verdict.extra) == (1000, 1000)


def test_the_record_is_json() -> None:
    verdict = compare_trains(train([(10, 0)]), train([(11, 0)]), max_shift=1)
    record = json.loads(json.dumps(verdict.as_json(), allow_nan=False))
    assert record["passed"] is False
    assert record["shifted"] == 1
    assert record["first"]["step"] == 10
