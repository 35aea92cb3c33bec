from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.errors import ParameterError
from isospike.random.philox import philox4x32, stream_key

ONES = 2**32 - 1
# Known-answer tests of the Random123 distribution (kat_vectors): counter, key, result.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
WORD = st.integers(0, ONES)


@pytest.fixture(params=["numpy", "array_api_strict", "jax.numpy"])
def xp(request: pytest.FixtureRequest) -> types.ModuleType:
    return pytest.importorskip(request.param)


def as_ints(words: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(int(word) for word in words)


def uint32(xp: Any, words: Any) -> tuple[Any, ...]:
    return tuple(xp.asarray(word, dtype=xp.uint32) for word in words)


def plain_philox(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """The round of the paper in Python's unbounded integers."""
    (a, b, c, d), (k, m) = counter, key
    for _ in range(10):
        p, q = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (q >> 32) ^ b ^ k, q & ONES, (p >> 32) ^ d ^ m, p & ONES
        k, m = (k + 0x9E3779B9) & ONES, (m + 0xBB67AE85) & ONES
    return a, b, c, d


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers_hold_on_every_library(xp: Any, counter: Any, key: Any, expected: Any) -> None:
    assert as_ints(philox4x32(xp, counter, key)) == expected
    assert as_ints(philox4x32(xp, uint32(xp, counter), uint32(xp, key))) == expected


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers_hold_when_compiled(counter: Any, key: Any, expected: Any) -> None:
    jax = pytest.importorskip("jax")
    compiled = jax.jit(lambda c, k: philox4x32(jax.numpy, c, k))
    assert as_ints(compiled(uint32(jax.numpy, counter), uint32(jax.numpy, key))) == expected


@given(counter=st.tuples(WORD, WORD, WORD, WORD), key=st.tuples(WORD, WORD))
def test_limbs_give_the_product_of_unbounded_integers(counter: Any, key: Any) -> None:
    assert as_ints(philox4x32(np, counter, key)) == plain_philox(counter, key)


def test_counter_words_broadcast_and_stay_uint32(xp: Any) -> None:
    rows = xp.reshape(xp.arange(3, dtype=xp.uint32), (3, 1))
    words = philox4x32(xp, (xp.arange(5, dtype=xp.uint32), rows, 7, ONES), stream_key(1, "E"))
    assert all(word.shape == (3, 5) and word.dtype == xp.uint32 for word in words)
    assert as_ints(word[2, 4] for word in words) == plain_philox((4, 2, 7, ONES), stream_key(1, "E"))


def test_a_key_is_fixed_by_seed_and_name_for_all_time() -> None:
    assert stream_key(0, "") == (0x73825F1C, 0x9EAF8C5C)


def test_seed_and_name_cannot_be_mistaken_for_each_other() -> None:
    keys = {stream_key(seed, name) for seed, name in [(1, "1a"), (11, "a"), (-1, "1a"), (1, "1A"), (1, "1a ")]}
    assert len(keys) == 5


def test_equal_integers_give_equal_keys() -> None:
    assert stream_key(np.int64(42), "E") == stream_key(42, "E")


@pytest.mark.parametrize("seed", [1.0, "1", None])
def test_a_seed_that_is_no_integer_is_refused(seed: Any) -> None:
    with pytest.raises(ParameterError, match="seed=42"):
        stream_key(seed, "E")
