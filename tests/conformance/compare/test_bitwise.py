from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isospike.errors import ParameterError
from isospike_conformance.compare.bits import bit_pattern, hex_text
from isospike_conformance.compare.bitwise import compare_bits

DTYPES = ["int8", "int32", "uint32", "int64", "uint64", "float32", "float64"]
ARRAYS = st.sampled_from(DTYPES).flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(max_dims=3, max_side=9)))


def flipped(array: np.ndarray, index: int, bit: int) -> np.ndarray:
    copy = array.copy()
    pattern = copy.reshape(-1).view(f"u{array.dtype.itemsize}")
    pattern[index] ^= pattern.dtype.type(1 << bit)
    return copy


@given(ARRAYS, st.integers(1, 7))
def test_an_array_equals_its_copy_whatever_it_holds(array: np.ndarray, chunk: int) -> None:
    verdict = compare_bits(array, array.copy(), chunk=chunk)
    assert verdict
    assert verdict.n_differ == 0
    assert verdict.first is None


@given(ARRAYS, st.data())
def test_one_flipped_bit_anywhere_is_found_at_its_place(array: np.ndarray, data) -> None:
    index = data.draw(st.integers(0, array.size - 1))
    bit = data.draw(st.integers(0, 8 * array.dtype.itemsize - 1))
    other = flipped(array, index, bit)
    for verdict in (compare_bits(array, other), compare_bits(other, array, chunk=data.draw(st.integers(1, 9)))):
        assert not verdict
        assert verdict.n_differ == 1
        assert verdict.first.index == index
        assert verdict.first.position == np.unravel_index(index, array.shape)
        assert verdict.first.ref_hex != verdict.first.got_hex


@given(ARRAYS, st.data())
def test_the_verdict_does_not_depend_on_chunks_and_its_counts_not_on_the_order_of_sides(array, data) -> None:
    other = array.copy()
    for index in data.draw(st.lists(st.integers(0, array.size - 1), max_size=6)):
        other = flipped(other, index, data.draw(st.integers(0, 8 * array.dtype.itemsize - 1)))
    whole, back = compare_bits(array, other), compare_bits(other, array)
    # As text, in which a NaN equals itself.
    assert json.dumps(compare_bits(array, other, chunk=1).as_json()) == json.dumps(whole.as_json())
    assert (whole.n_differ, whole.passed) == (back.n_differ, back.passed)
    for ours, theirs in ((whole.first, back.first), (whole.worst, back.worst)):
        assert (ours is None) == (theirs is None)
        assert ours is None or (ours.index, ours.ulp, ours.ref_hex) == (theirs.index, theirs.ulp, theirs.got_hex)


def test_minus_seventy_differs_from_zero_and_from_plus_seventy() -> None:
    v = np.full(3, -70.0)
    for other in (np.zeros(3), -v, np.full(3, np.nan)):
        assert compare_bits(v, other).n_differ == compare_bits(other, v).n_differ == 3


def test_signed_zeros_differ_in_bits_and_are_no_ulp_apart() -> None:
    verdict = compare_bits(np.array([1.0, 0.0]), np.array([1.0, -0.0]))
    assert (verdict.n_differ, verdict.first.index) == (1, 1)
    assert (verdict.first.ref_hex, verdict.first.got_hex) == ("0x0.0p+0", "-0x0.0p+0")
    assert verdict.first.ulp == verdict.worst.ulp == 0


def test_equal_nans_are_equal_and_payloads_are_told_apart() -> None:
    nans = np.array([0x7FC00000, 0x7FC00001, 0xFFC00000], np.uint32).view(np.float32)
    assert compare_bits(nans, nans.copy())
    verdict = compare_bits(nans, nans[[0, 0, 0]])
    assert verdict.n_differ == 2
    assert (verdict.first.ref_hex, verdict.first.got_hex) == ("nan:0x7fc00001", "nan:0x7fc00000")
    assert verdict.first.ulp is None


def test_a_nan_is_the_worst_difference_of_all() -> None:
    verdict = compare_bits(np.array([1.0, np.nan, 1.0]), np.array([2.0, 1.0, 1e300]), chunk=1)
    assert (verdict.first.index, verdict.worst.index, verdict.worst.ulp) == (0, 1, None)
    assert "max NaN ulp at index 1" in str(verdict)


def test_the_worst_element_is_the_furthest_in_ulp_and_the_first_of_equals() -> None:
    ref = np.ones(6, np.float32)
    got = ref + np.array([0, 1, 0, 3, 3, 2], np.float32) * np.float32(2.0**-23)
    for chunk in (1, 4, 100):
        verdict = compare_bits(ref, got, chunk=chunk)
        assert (verdict.n_differ, verdict.first.index, verdict.first.ulp) == (4, 1, 1)
        assert (verdict.worst.index, verdict.worst.ulp) == (3, 3)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (4,)])
def test_dtype_and_shape_are_part_of_equality_even_without_elements(shape: tuple[int, ...]) -> None:
    array = np.zeros(shape, np.float32)
    assert compare_bits(array, array.copy())
    for other in (array.astype(np.float64), array.astype(np.int32), array[None], np.zeros((*shape, 1), np.float32)):
        verdict = compare_bits(array, other)
        assert not verdict
        assert verdict.unlike
        assert verdict.n_differ is None
    assert compare_bits(array, array.view(np.int32)).unlike == "dtype float32 against int32"


def test_a_longer_array_is_different_though_its_beginning_is_equal() -> None:
    assert compare_bits(np.ones(3), np.ones(4)).unlike == "shape (3,) against (4,)"


def test_booleans_and_integers_have_no_ulp() -> None:
    verdict = compare_bits(np.array([True, False]), np.array([True, True]))
    assert (verdict.n_differ, verdict.first.ref, verdict.first.got, verdict.first.ulp) == (1, False, True, None)
    assert verdict.worst is None
    assert "0x00 against 0x01" in str(verdict)


def test_layout_and_byte_order_in_memory_are_not_part_of_the_value() -> None:
    array = np.arange(24, dtype=np.float32).reshape(4, 6)
    assert compare_bits(array, np.asfortranarray(array), chunk=5)
    assert compare_bits(array, array.astype(">f4"), chunk=5)
    assert compare_bits(array[::-1, ::2], np.ascontiguousarray(array[::-1, ::2]), chunk=5)
    assert compare_bits(array.T, array.reshape(6, 4)).n_differ == 22


def test_the_line_names_place_and_values() -> None:
    ref, got = np.zeros((2, 3)), np.zeros((2, 3))
    got[1, 2] = 1.0
    assert str(compare_bits(ref, got)) == (
        "1 of 6 elements differ, first index 5 (1, 2): 0x0.0p+0 against 0x1.0000000000000p+0 "
        "(0 against 1, 4607182418800017408 ulp); max 4607182418800017408 ulp at index 5"
    )
    assert "first index 2: 0x00000001 against 0x00000000 (1 against 0)" in str(
        compare_bits(np.array([0, 0, 1], np.int32), np.zeros(3, np.int32))
    )


def test_a_scalar_has_the_index_zero_and_no_position() -> None:
    verdict = compare_bits(np.float64(1.0), np.float64(2.0))
    assert (verdict.n_differ, verdict.first.index, verdict.first.position) == (1, 0, ())


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([None]), np.zeros(0, object), np.zeros(2, complex)])
def test_what_has_no_plain_bits_is_refused_even_when_empty(array: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="cannot be compared by its bits"):
        compare_bits(array, array)


def test_the_comparison_of_a_huge_array_takes_little_memory_and_finds_its_last_bit() -> None:
    ref = np.zeros((3000, 4000), np.float32)  # 48 MB
    got = ref.copy()
    got[-1, -1] = -0.0
    for left, right in ((ref, got), (ref.T, got.T)):  # contiguous and not
        tracemalloc.start()
        try:
            verdict = compare_bits(left, right)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (verdict.n_differ, verdict.first.index) == (1, ref.size - 1)
        assert peak < 8e6


@given(st.floats(width=32, allow_nan=False))
def test_hex_of_float32_has_six_digits_and_reads_back_exactly(value: float) -> None:
    text = hex_text(np.float32(value))
    assert np.float32(float.fromhex(text)).tobytes() == np.float32(value).tobytes()
    assert len(text) <= len("-0x1.000000p-149")


@given(st.floats(allow_nan=False))
def test_hex_of_float64_reads_back_exactly(value: float) -> None:
    assert np.float64(float.fromhex(hex_text(np.float64(value)))).tobytes() == np.float64(value).tobytes()


def test_hex_is_written_as_in_the_report_of_the_design() -> None:
    assert hex_text(np.float32(float.fromhex("0x1.48e5eep-9"))) == "0x1.48e5eep-9"
    assert hex_text(np.float32(1.0)) == "0x1.000000p+0"
    assert hex_text(np.int32(-1)) == "0xffffffff"
    assert bit_pattern(np.array([1.0], ">f8"))[0] == 0x3FF0000000000000


def test_the_record_is_json_without_loss() -> None:
    verdict = compare_bits(np.array([np.nan, 1.0, np.inf]), np.array([1.0, 1.0, -np.inf]))
    record = json.loads(json.dumps(verdict.as_json(), allow_nan=False))
    assert record["passed"] is False
    assert record["n_differ"] == 2
    assert record["first"]["ref"] is None
    assert record["first"]["ref_hex"] == "nan:0x7ff8000000000000"
    assert record["first"]["position"] == [0]
