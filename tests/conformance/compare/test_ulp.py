from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isospike.errors import ParameterError, ShapeError
from isospike_conformance.compare.ulp import NO_ULP, scale_ulp, ulp_distance

FLOATS = [np.float32, np.float64]
TINY = {np.float32: np.float32(1e-45), np.float64: np.float64(5e-324)}


def pairs(dtype: type, **options: bool) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    arrays = hnp.arrays(dtype, 5, elements=st.floats(width=np.dtype(dtype).itemsize * 8, **options))
    return st.tuples(arrays, arrays)


def distance(a: float, b: float, dtype: type) -> int:
    return int(ulp_distance(np.array([a], dtype), np.array([b], dtype))[0])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("value", [1.0, -1.0, 0.0, -70.0, 1e-30, 3e38])
def test_the_next_number_is_one_ulp_away_in_both_directions(dtype: type, value: float) -> None:
    x = dtype(value)
    assert distance(x, np.nextafter(x, dtype(np.inf)), dtype) == 1
    assert distance(x, np.nextafter(x, dtype(-np.inf)), dtype) == 1


@pytest.mark.parametrize("dtype", FLOATS)
def test_distance_counts_through_zero_and_signed_zeros_are_one_number(dtype: type) -> None:
    assert distance(-0.0, 0.0, dtype) == 0
    assert distance(TINY[dtype], -TINY[dtype], dtype) == 2
    assert distance(TINY[dtype], -0.0, dtype) == 1


def test_distance_of_opposite_values_is_twice_that_to_zero() -> None:
    assert distance(-1.0, 1.0, np.float32) == 2 * 0x3F800000
    assert distance(-1.0, 1.0, np.float64) == 2 * 0x3FF0000000000000


@pytest.mark.parametrize("dtype", FLOATS)
def test_infinity_is_the_number_after_the_largest(dtype: type) -> None:
    assert distance(np.finfo(dtype).max, np.inf, dtype) == 1
    assert distance(-np.inf, -np.inf, dtype) == 0
    assert distance(-np.inf, np.inf, dtype) < NO_ULP


def test_a_nan_is_close_to_its_own_bits_only() -> None:
    quiet, payload, negative = np.array([0x7FC00000, 0x7FC00001, 0xFFC00000], np.uint32).view(np.float32)
    assert distance(quiet, quiet, np.float32) == 0
    for other in (payload, negative, 1.0, np.inf):
        assert distance(quiet, other, np.float32) == NO_ULP
        assert distance(other, quiet, np.float32) == NO_ULP


@given(pairs(np.float32))
def test_distance_is_symmetric_and_zero_for_equal_numbers_only(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    np.testing.assert_array_equal(ulp_distance(a, b), ulp_distance(b, a))
    numbers = ~(np.isnan(a) | np.isnan(b))
    np.testing.assert_array_equal((ulp_distance(a, b) == 0)[numbers], (a == b)[numbers])


@given(st.floats(-(2.0**100), 2.0**100, width=32), st.integers(0, 50))
def test_n_steps_to_the_next_number_are_n_ulp(value: float, n: int) -> None:
    x = y = np.float32(value)
    for _ in range(n):
        y = np.nextafter(y, np.float32(np.inf))
    assert distance(x, y, np.float32) == n


def test_distance_keeps_the_shape_and_empty_arrays_are_empty() -> None:
    assert ulp_distance(np.zeros((2, 0)), np.zeros((2, 0))).shape == (2, 0)
    assert ulp_distance(np.float64(1.0), np.float64(1.0)).shape == ()


@pytest.mark.parametrize("measure", [ulp_distance, lambda a, b: scale_ulp(a, b, 1.0)])
def test_ulp_refuses_unlike_arrays_and_dtypes_without_one(measure) -> None:
    with pytest.raises(ParameterError, match="float32 against float64"):
        measure(np.zeros(2, np.float32), np.zeros(2))
    with pytest.raises(ParameterError, match="dtype int32"):
        measure(np.zeros(2, np.int32), np.zeros(2, np.int32))
    with pytest.raises(ShapeError, match=r"\(2,\) against \(3,\)"):
        measure(np.zeros(2), np.zeros(3))


def test_scale_ulp_by_hand() -> None:
    # ulp(1) = 2^-52; ulp(70) = 2^-46, since 64 <= 70 < 128.
    a, b = np.array([0.0, -70.0]), np.array([2.0**-52, -70.0 + 3 * 2.0**-46])
    np.testing.assert_array_equal(scale_ulp(a, b, 1.0), [1.0, 3.0])


def test_scale_keeps_cancellation_near_zero_from_counting() -> None:
    a, b = np.array([1e-12], np.float32), np.array([2e-12], np.float32)
    assert scale_ulp(a, b, 1.0) < 1e-4
    assert ulp_distance(a, b) > 1e6
    assert scale_ulp(a, b, 1e-12) > 1e6


def test_scale_may_differ_by_element_and_is_rounded_to_the_dtype() -> None:
    a, b = np.zeros(2, np.float32), np.full(2, 2.0**-23, np.float32)
    np.testing.assert_array_equal(scale_ulp(a, b, [1.0, 2.0]), [1.0, 0.5])


@given(pairs(np.float64))
def test_scale_ulp_is_symmetric(pair: tuple[np.ndarray, np.ndarray]) -> None:
    np.testing.assert_array_equal(scale_ulp(*pair, 1.0), scale_ulp(*pair[::-1], 1.0))


@given(pairs(np.float32, allow_nan=False, allow_infinity=False))
def test_scale_ulp_is_never_above_the_plain_ulp_by_more_than_a_binade(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert np.all(scale_ulp(*pair, 1e-30) <= ulp_distance(*pair).astype(float))


def test_minus_seventy_is_far_from_zero_on_either_side() -> None:
    v, zero = np.array([-70.0], np.float32), np.array([0.0], np.float32)
    assert scale_ulp(v, zero, 1.0) == scale_ulp(zero, v, 1.0) == 70 / 2.0**-17


def test_what_is_not_finite_is_infinitely_far_unless_it_is_the_same() -> None:
    nan, inf = np.nan, np.inf
    a, b = np.array([nan, nan, inf, inf, inf, -1e308]), np.array([nan, 1.0, inf, -inf, 1.0, 1e308])
    np.testing.assert_array_equal(scale_ulp(a, b, 1.0), [0, inf, 0, inf, inf, inf])


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan, math.inf, 1e-60, [1.0, 0.0]])
def test_scale_ulp_refuses_a_scale_that_the_dtype_cannot_use(scale) -> None:
    with pytest.raises(ParameterError, match="expected a positive size"):
        scale_ulp(np.zeros(2, np.float32), np.zeros(2, np.float32), scale)
