from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isospike.errors import ParameterError, ShapeError
from isospike_conformance.compare.bits import bit_pattern
from isospike_conformance.compare.chain import GOLDEN, chain, digest, multipliers
from isospike_conformance.compare.chains import compare_chains

DTYPES = ["bool", "int32", "uint32", "float32", "float64"]
STACKED = st.sampled_from(DTYPES).flatmap(
    lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6))
)


def words_of(array: np.ndarray) -> list[int]:
    bits = [int(b) for b in bit_pattern(array).reshape(-1)]
    return [w for b in bits for w in (b & 0xFFFFFFFF, b >> 32)] if array.dtype.itemsize == 8 else bits


def odd_by_hand(i: int) -> int:
    z = (i + 1) * GOLDEN % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return (z ^ (z >> 31)) | 1


def terms_by_hand(array: np.ndarray) -> list[int]:
    return [word * odd_by_hand(i) for i, word in enumerate(words_of(array))]


@given(STACKED, st.integers(1, 40))
def test_a_chain_is_the_sum_of_the_definition_at_every_step(stacked: np.ndarray, chunk: int) -> None:
    expected = [sum(terms_by_hand(row)) % 2**64 for row in stacked]
    links = chain(stacked, chunk=chunk)
    assert links.dtype == np.uint64
    assert [int(link) for link in links] == expected == [digest(row, chunk=chunk) for row in stacked]


def test_digests_of_golden_values_do_not_change() -> None:
    # Written out once: chains are kept in files, so these must hold for ever. The first outputs of SplitMix64 are
    # e220a8397b1dcdaf, 6e789e6aa1b965f4 and 06c45d188009454f.
    assert digest(np.array([True, False, True])) == 0xE220A8397B1DCDAF + 0x06C45D188009454F == 0xE8E50551FB2712FE
    assert digest(np.array([False, True])) == 0x6E789E6AA1B965F4 | 1
    assert digest(np.array([1.0, -2.0], np.float32)) == 0x3B54F0FCA8800000
    assert digest(np.array([1.0])) == (0x6E789E6AA1B965F5 * 0x3FF00000) % 2**64
    assert [digest(np.arange(1, 5).astype(d)) for d in DTYPES] == [
        0x4FE95C650F2CFAE0,
        0xB58DDEFA07DE713A,
        0xB58DDEFA07DE713A,
        0xC166D86372C00000,
        0xD9CCE74BEBD80000,
    ]


@given(hnp.arrays(np.float64, 12), st.randoms())
def test_the_order_of_summation_does_not_matter(array: np.ndarray, random) -> None:
    terms = terms_by_hand(array)
    random.shuffle(terms)
    total = 0
    for term in terms:
        total = (total + term) % 2**64
    assert total == digest(array)


@given(STACKED.filter(lambda a: a.size > 1), st.data())
def test_digests_of_parts_add_up(array: np.ndarray, data) -> None:
    flat = array.reshape(-1)
    cut = data.draw(st.integers(0, flat.size))
    assert (digest(flat[cut:], start=cut) + digest(flat[:cut])) % 2**64 == digest(flat)


@given(STACKED.filter(lambda a: a.size > 0), st.data())
def test_one_flipped_bit_anywhere_changes_its_step_and_no_other(stacked: np.ndarray, data) -> None:
    index = data.draw(st.integers(0, stacked.size - 1))
    other = np.array(stacked)
    pattern = other.reshape(-1).view(f"u{other.dtype.itemsize}")
    bits = 1 if other.dtype == bool else 8 * other.dtype.itemsize
    pattern[index] ^= pattern.dtype.type(1 << data.draw(st.integers(0, bits - 1)))
    step = index // (stacked.size // len(stacked))
    assert np.flatnonzero(chain(stacked) != chain(other)).tolist() == [step]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 4000])
def test_signed_zeros_have_other_digests_in_any_number(dtype: str, n: int) -> None:
    assert digest(np.zeros(n, dtype)) != digest(-np.zeros(n, dtype))
    assert digest(np.ones(n, dtype)) != digest(-np.ones(n, dtype))


@pytest.mark.parametrize("dtype", DTYPES[1:])
def test_no_two_flips_of_one_bit_cancel_in_a_small_state(dtype: str) -> None:
    one = np.arange(1, 9).astype(dtype)
    width = 8 * one.dtype.itemsize
    seen = set()
    for bit in range(width):
        for i in range(8):
            for j in range(i):
                other = one.copy()
                other.view(f"u{one.dtype.itemsize}")[[i, j]] ^= np.array(1 << bit, f"u{one.dtype.itemsize}")
                seen.add(digest(other))
    assert digest(one) not in seen


def test_permuted_values_have_another_digest() -> None:
    values = np.random.default_rng(0).normal(size=100).astype(np.float32)
    assert len({digest(np.roll(values, k)) for k in range(100)}) == 100


def test_changes_that_are_linear_in_the_index_do_not_cancel() -> None:
    """They would if the multipliers were multiples of one number."""
    counts = np.zeros((2, 10), np.int32)
    counts[0, 2:7:2], counts[1, 2:7:2] = (5, 5, 5), (6, 3, 6)
    spikes = np.zeros((2, 10), bool)
    spikes[0, [3, 9]] = spikes[1, [5, 7]] = True
    for states in (counts, spikes):
        assert len(set(chain(states).tolist())) == 2


@given(hnp.arrays(bool, (2, 40)))
def test_rasters_that_differ_have_other_digests(spikes: np.ndarray) -> None:
    assert (chain(spikes)[0] == chain(spikes)[1]) == np.array_equal(spikes[0], spikes[1])


def test_negative_values_and_nan_payloads_are_told_apart() -> None:
    nans = np.array([0x7FC00000, 0x7FC00001, 0xFFC00000], np.uint32).view(np.float32)
    assert len(set(chain(nans).tolist())) == 3
    assert digest(np.array([-70.0])) != digest(np.array([70.0]))


def test_layout_in_memory_does_not_change_a_chain() -> None:
    array = np.random.default_rng(1).normal(size=(5, 4, 3))
    for other in (np.asfortranarray(array), array.astype(">f8"), array[:, ::-1][:, ::-1]):
        np.testing.assert_array_equal(chain(other), chain(array))
        assert digest(other, chunk=7) == digest(array)


def test_a_state_without_elements_has_digest_zero_and_a_run_without_steps_no_links() -> None:
    assert digest(np.zeros(0)) == 0
    assert chain(np.zeros((3, 0), np.float32)).tolist() == [0, 0, 0]
    assert chain(np.zeros((0, 4))).shape == (0,)


def test_what_cannot_be_chained_is_refused() -> None:
    with pytest.raises(ParameterError, match="cannot be compared by its bits"):
        chain(np.zeros((0, 3), complex))
    with pytest.raises(ParameterError, match="cannot be compared by its bits"):
        digest(np.zeros(0, object))
    with pytest.raises(ShapeError, match="axis of time"):
        chain(np.float64(1.0))


@pytest.mark.parametrize("shape", [(3000, 1000), (3, 1_000_000), (3_000_000, 1)])
def test_the_chain_of_a_long_run_takes_little_memory(shape: tuple[int, ...]) -> None:
    states = np.zeros(shape, np.float32)  # 12 MB
    links = 8 * len(states)
    tracemalloc.start()
    try:
        chain(states, chunk=10_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * links + 1e6


def test_every_multiplier_is_odd_and_of_its_index() -> None:
    odd = multipliers(0, 1000)
    assert np.all(odd % 2 == 1)
    assert len(set(odd.tolist())) == 1000
    np.testing.assert_array_equal(multipliers(7, 5), odd[7:12])


def test_chains_name_the_first_step_and_all_states_that_differ_there() -> None:
    v, g = np.zeros((6, 3)), np.zeros((6, 3), np.float32)
    reference = {"v": chain(v), "g": chain(g), "w": chain(v)}
    w, h = v.copy(), g.copy()
    w[2, 1], h[2, 0], v[4, 0] = -0.0, 1.0, 1.0
    verdict = compare_chains(reference, {"v": chain(v), "g": chain(h), "w": chain(w)})
    assert not verdict
    assert (verdict.first_step, verdict.differing, verdict.links) == (2, ("g", "w"), 18)
    assert str(verdict) == "chains differ first at step 2: g, w"
    assert compare_chains(reference, dict(reference))
    assert str(compare_chains(reference, dict(reference))) == "all 18 links equal"


def test_chains_of_other_states_or_lengths_never_pass() -> None:
    links = chain(np.ones((4, 2)))
    assert compare_chains({"v": links}, {"v": links[:3]}).unlike == ("v: 4 against 3 links",)
    assert compare_chains({"v": links}, {"w": links}).unlike == (
        "v: only in the reference",
        "w: only in the candidate",
    )
    assert not compare_chains({}, {})
    assert str(compare_chains({}, {})) == "nothing to compare"
    assert compare_chains({"v": links[:1]}, {"v": links[:1]})
    assert not compare_chains({"v": links[:0]}, {"v": links[:0]})
    with pytest.raises(ParameterError, match="dtype float64"):
        compare_chains({"v": links}, {"v": links.astype(float)})
