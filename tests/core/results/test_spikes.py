from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.results import Population
from isospike.results.spikes import SpikeArrays, spike_arrays

POPULATIONS = [Population("a", 5), Population("b", 5), Population("c", 5)]
SPIKES = st.lists(st.tuples(st.integers(2, 9), st.integers(0, 2), st.integers(0, 4)), max_size=40)


def arrays(spikes: list[tuple[int, int, int]], dtype: str = "int64") -> SpikeArrays:
    """Give each population its (step, population, neuron) in the order of the list."""
    table = np.array(spikes, dtype).reshape(-1, 3)
    parts = {p.name: table[table[:, 1] == code] for code, p in enumerate(POPULATIONS)}
    return spike_arrays(POPULATIONS, {n: (part[:, 0], part[:, 2]) for n, part in parts.items()}, range(2, 10))


def rows(found: SpikeArrays) -> list[tuple[int, int, int]]:
    return list(zip(*(a.tolist() for a in (found.step, found.population, found.neuron)), strict=True))


@given(SPIKES, st.randoms())
def test_columns_are_sorted_by_step_population_and_neuron_whatever_the_order_given(spikes, random) -> None:
    random.shuffle(spikes)
    assert rows(arrays(spikes)) == sorted(spikes)


@given(SPIKES)
def test_spikes_in_order_and_out_of_order_give_the_same_columns(spikes) -> None:
    assert rows(arrays(sorted(spikes))) == rows(arrays(sorted(spikes, reverse=True)))


def test_spikes_that_come_in_order_are_not_sorted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("sorted")

    monkeypatch.setattr(np, "lexsort", refuse)
    spikes = [(2, 0, 1), (2, 0, 3), (2, 1, 0), (5, 0, 0), (5, 0, 0)]
    assert rows(arrays(spikes)) == spikes
    for swapped in ([(3, 0, 0), (2, 0, 1)], [(2, 0, 1), (2, 0, 0)]):
        with pytest.raises(AssertionError, match="sorted"):
            arrays(swapped)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint64"])
def test_columns_have_one_dtype_each_and_are_the_results_own(dtype: str) -> None:
    steps, neurons = np.array([9, 3], dtype), np.array([0, 4], dtype)
    found = spike_arrays(POPULATIONS, {"b": (steps, neurons)}, range(10))
    steps[:] = 0
    assert rows(found) == [(3, 1, 4), (9, 1, 0)]
    assert [a.dtype for a in (found.step, found.population, found.neuron)] == [np.int64, np.int16, np.int32]
