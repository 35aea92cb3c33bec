from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isospike.random.draw import HOST_STEP, Draw, bounded
from isospike.random.philox import philox4x32, stream_key


@given(start=st.integers(0, 2**40), count=st.integers(0, 30), draw=st.integers(0, 2**32 - 1), seed=st.integers())
def test_words_are_those_of_the_array_api_generator(start: int, count: int, draw: int, seed: int) -> None:
    key = stream_key(seed, "E")
    index = np.arange(start, start + count)
    low, high = ((index // 4) % 2**32).astype(np.uint32), (index // 2**34).astype(np.uint32)
    blocks = np.stack(philox4x32(np, (low, high, HOST_STEP, draw), key))
    np.testing.assert_array_equal(Draw(key, draw).words(start, count), blocks[index % 4, np.arange(count)])


@given(index=st.lists(st.integers(0, 2**40), min_size=1, max_size=20))
def test_values_are_the_same_read_in_a_row_or_one_by_one(index: list[int]) -> None:
    draw = Draw(stream_key(3, "E"), 2)
    one_by_one = [int(draw.values(i, 1)[0]) for i in index]
    assert draw.values_at(np.array(index)).tolist() == one_by_one
    high, low = draw.words(2 * index[0], 2).tolist()
    assert one_by_one[0] == (high << 32) + low


@given(value=st.integers(0, 2**64 - 1), high=st.integers(1, 2**32))
def test_bounded_is_the_exact_floor(value: int, high: int) -> None:
    assert bounded(np.array([value], np.uint64), high).tolist() == [value * high >> 64]
