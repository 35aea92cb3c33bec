"""Tables of inverse tails, judged by the exact functions through the operation that reads them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.graph.op import op
from isospike.random.gaussian import normal_quantile
from isospike.random.tails import SEGMENTS, UNITS, exponential_table, normal_table

TABLES = {"normal": normal_table, "exponential": exponential_table}
Read = Callable[..., np.ndarray]


def read(table: np.ndarray, *words: Any, xp: Any = np) -> np.ndarray:
    """Return what the operation gives for words that are given as integers."""
    arrays = [xp.asarray(np.asarray(w, np.uint32)) for w in words]
    result = op("inverse_tail").evaluate(xp, xp.asarray(table), *arrays)  # type: ignore[misc]
    assert result.dtype == xp.asarray(table).dtype
    return np.asarray(result)


def some_words(octave: int, n: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Return words whose tail lies in an octave, 62 bits of them random."""
    rng = np.random.default_rng(octave)
    v = (rng.integers(2**61, 2**62, n, dtype=np.uint64) >> np.uint64(octave)) << np.uint64(1)
    return (v >> np.uint64(32)).astype(np.uint32), (v & np.uint64(2**32 - 1)).astype(np.uint32)


@pytest.mark.parametrize("octave", range(31))
def test_float32_is_right_to_a_unit_in_the_last_place(octave: int) -> None:
    word = some_words(octave)[0]
    u = (word + 0.5) * 2.0**-31
    for table, exact in ((normal_table, -normal_quantile(0.5 * u)), (exponential_table, [-math.log(x) for x in u])):
        error = np.abs(read(table("float32"), word).astype(np.float64) - exact)
        assert (error <= np.spacing(np.asarray(exact, np.float32)) + 2.0**-28).all()


@pytest.mark.parametrize("octave", range(62))
def test_float64_is_right_to_a_few_units_in_the_last_place(octave: int) -> None:
    high, low = some_words(octave, 300)
    u = [((int(h) << 32) + int(w) + 1) * 2.0**-63 for h, w in zip(high, low, strict=True)]
    x = read(exponential_table("float64"), high, low)
    assert x == pytest.approx([-math.log(p) for p in u], rel=1e-15, abs=1e-16)
    for size, tail in zip(read(normal_table("float64"), high, low), u, strict=True):
        # An error of one unit in x moves log(u) by x**2 units; where x is small, u is near 1 and x absolute.
        assert math.erfc(size / math.sqrt(2.0)) == pytest.approx(tail, rel=2e-15 * (1.0 + size**2))


@pytest.mark.parametrize("dtype", UNITS)
@pytest.mark.parametrize("name", TABLES)
def test_x_falls_with_u_but_for_a_rounding_and_never_below_zero(name: str, dtype: str) -> None:
    table = TABLES[name](dtype)
    assert table.shape == (len(UNITS[dtype]) + 1, {"float32": 32, "float64": 63}[dtype] * SEGMENTS)
    ends = np.arange(1, 2**15) * 2**16
    words = np.sort(np.concatenate([ends - 1, ends, ends + 1, np.arange(300), 2**31 - 1 - np.arange(300)]))
    x = read(table, words) if dtype == "float32" else read(table, words, np.zeros(words.size))
    assert (np.diff(x) <= (np.spacing(x[1:]) if dtype == "float32" else 0)).all()
    assert x[-1] >= 0


def test_the_ends_are_what_the_documentation_says() -> None:
    tops = {"float32": (0,), "float64": (0, 0)}
    ends = {(name, d): float(read(t(d), *tops[d])) for name, t in TABLES.items() for d in tops}
    expected = {
        ("normal", "float32"): 6.338,
        ("normal", "float64"): 9.080,
        ("exponential", "float32"): 32 * math.log(2),
        ("exponential", "float64"): 63 * math.log(2),
    }
    assert ends == pytest.approx(expected, abs=1e-3)
    assert 0 < read(exponential_table("float32"), 2**31 - 1) < 2.0**-31


@given(high=st.integers(0, 2**31 - 1), low=st.integers(0, 2**32 - 1))
def test_the_highest_bit_is_not_read(high: int, low: int) -> None:
    for words in ((high,), (high, low)):
        table = normal_table("float32" if len(words) == 1 else "float64")
        assert read(table, *words) == read(table, high + 2**31, *words[1:])


@pytest.mark.parametrize("name", TABLES)
def test_the_definition_keeps_to_the_standard(name: str) -> None:
    high, low = (np.concatenate(x) for x in zip(*(some_words(k, 5) for k in range(61)), strict=True))
    for dtype, words in (("float32", (high,)), ("float64", (high, low))):
        table = TABLES[name](dtype)
        np.testing.assert_array_equal(read(table, *words, xp=array_api_strict), read(table, *words))


def test_no_product_leaves_its_integer() -> None:
    for table in TABLES.values():
        single, double = (np.abs(table(d)).max(axis=1) for d in ("float32", "float64"))
        assert (single[1:] <= [2.0**21, 2.0**15]).all()
        assert (double[1:] <= [2.0**49, 2.0**41, 2.0**34, 2.0**26, 2.0**19]).all()
        assert (table("float32") >= 0).all()


def test_tables_are_made_once_and_cannot_be_changed() -> None:
    assert normal_table("float64") is normal_table("float64")
    with pytest.raises(ValueError, match="read-only"):
        normal_table("float64")[0, 0] = 1.0
