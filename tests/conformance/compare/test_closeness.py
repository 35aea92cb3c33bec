from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isospike.errors import ParameterError
from isospike_conformance.compare.closeness import compare_closeness

MV = 1.0


def test_the_limit_itself_passes_and_the_next_number_does_not() -> None:
    ref = np.full(3, -70.0, np.float32)
    got = ref.copy()
    got[2] += 16 * np.float32(2.0**-17)
    assert compare_closeness(ref, got, 16, scale=MV)
    got[2] = np.nextafter(got[2], np.float32(0))
    verdict = compare_closeness(ref, got, 16, scale=MV)
    assert not verdict
    assert (verdict.largest, verdict.worst.index) == (17.0, 2)


@pytest.mark.parametrize("limit", [0, 16, 1e6])
def test_minus_seventy_against_zero_fails_on_either_side(limit: float) -> None:
    v, zero = np.full(4, -70.0, np.float32), np.zeros(4, np.float32)
    assert not compare_closeness(v, zero, limit, scale=MV)
    assert not compare_closeness(zero, v, limit, scale=MV)


def test_a_nan_or_infinity_on_one_side_fails_at_any_limit() -> None:
    for bad in (np.nan, np.inf, -np.inf):
        verdict = compare_closeness(np.array([1.0, bad]), np.array([1.0, 2.0]), 1e300, scale=MV)
        assert not verdict
        assert (verdict.largest, verdict.worst.index) == (math.inf, 1)
    assert compare_closeness(np.array([np.nan, np.inf]), np.array([np.nan, np.inf]), 0, scale=MV)


def test_signed_zeros_are_close_and_empty_arrays_agree() -> None:
    assert compare_closeness(np.array([0.0]), np.array([-0.0]), 0, scale=MV)
    assert compare_closeness(np.zeros(0), np.zeros(0), 0, scale=MV)


def test_unlike_arrays_fail_without_a_number() -> None:
    for other in (np.zeros(3, np.float32), np.zeros(4), np.zeros((3, 1))):
        verdict = compare_closeness(np.zeros(3), other, 1e9, scale=MV)
        assert not verdict
        assert verdict.unlike
        assert json.loads(json.dumps(verdict.as_json(), allow_nan=False))["largest"] is None


@given(hnp.arrays(np.float32, 10), hnp.arrays(np.float32, 10), st.integers(1, 12))
def test_the_verdict_is_symmetric_and_does_not_depend_on_chunks(a, b, chunk) -> None:
    whole = compare_closeness(a, b, 4, scale=MV)
    for verdict in (compare_closeness(b, a, 4, scale=MV), compare_closeness(a, b, 4, scale=MV, chunk=chunk)):
        assert (verdict.passed, verdict.largest) == (whole.passed, whole.largest)
        assert (verdict.worst and verdict.worst.index) == (whole.worst and whole.worst.index)


def test_a_scale_of_each_neuron_goes_with_its_neuron_through_chunks() -> None:
    scale = np.array([1.0, 1024.0])
    ref, got = np.zeros((3, 2)), np.full((3, 2), 2.0**-52)
    verdict = compare_closeness(ref, got, 0.5, scale=scale, chunk=3)
    assert (verdict.largest, verdict.worst.position) == (1.0, (0, 0))
    assert compare_closeness(ref[:, 1], got[:, 1], 0.5, scale=scale[1])


@pytest.mark.parametrize("limit", [math.nan, math.inf, -1.0])
def test_a_limit_that_cannot_fail_or_cannot_pass_is_refused(limit: float) -> None:
    with pytest.raises(ParameterError, match="limit=16"):
        compare_closeness(np.zeros(1), np.zeros(1), limit, scale=MV)
