from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import isospike as iso
from isospike import units as u
from isospike.data import Batches, Events, Frames, split
from isospike.errors import ParameterError, ShapeError


def seen(batches: Batches, epoch: int, start: int = 0) -> list[list[int]]:
    return [x.tolist() for (x,) in batches.epoch(epoch, start)]


def test_an_epoch_holds_every_example_once() -> None:
    batches = Batches(np.arange(23), size=5)
    assert [len(b) for b in seen(batches, 0)] == [5, 5, 5, 5, 3]
    assert len(batches) == 5
    assert sorted(i for batch in seen(batches, 3) for i in batch) == list(range(23))


def test_tensors_are_examples_on_every_backend_without_a_warning(backend: str) -> None:
    torch = pytest.importorskip("torch")
    x, y = torch.arange(12.0).reshape(4, 3), torch.arange(4)
    for examples, labels in Batches(x, y, size=2, seed=1).epoch(0):
        total = iso.transform.jit(lambda x, y: iso.math.sum(x, axis=1) + y)(examples, labels)
        np.testing.assert_array_equal(np.asarray(total), (examples.sum(1) + labels).numpy())


def test_a_last_batch_that_is_smaller_is_dropped_on_demand() -> None:
    batches = Batches(np.arange(23), size=5, drop_last=True)
    assert [len(b) for b in seen(batches, 0)] == [5, 5, 5, 5]
    assert len(batches) == 4
    assert len(Batches(np.arange(20), size=5, drop_last=True)) == 4


def test_the_order_depends_on_seed_and_epoch_only() -> None:
    first, second = Batches(np.arange(50), size=10, seed=3), Batches(np.arange(50), size=10, seed=3)
    list(first.epoch(0))
    assert seen(first, 1) == seen(second, 1) != seen(first, 2)
    assert seen(first, 1) != seen(Batches(np.arange(50), size=10, seed=4), 1)


def test_the_seed_is_that_of_the_environment() -> None:
    with iso.environ.context(seed=3):
        batches = Batches(np.arange(50), size=10)
    assert seen(batches, 1) == seen(Batches(np.arange(50), size=10, seed=3), 1)


def test_an_epoch_that_is_taken_up_goes_on_with_the_batches_it_would_have_had() -> None:
    batches = Batches(np.arange(23), size=5, seed=1)
    assert seen(batches, 2, start=3) == seen(batches, 2)[3:]
    assert seen(batches, 2, start=5) == []


def test_without_shuffling_examples_come_as_they_are() -> None:
    assert seen(Batches(np.arange(5), size=2, shuffle=False), 7) == [[0, 1], [2, 3], [4]]


def test_the_parts_of_an_example_stay_together() -> None:
    frames = Frames([Events([0], [i], shape=(6,)) for i in range(6)], 1 * u.ms, dt=1 * u.ms)
    for x, current, events in Batches(np.arange(6), np.arange(6.0) * u.mA, frames, size=4, seed=2).epoch(0):
        assert (current.to_decimal(u.mA) == x).all()
        assert (events.argmax(-1)[:, 0] == x).all()


def test_series_are_paired_by_position_whatever_their_index() -> None:
    table = pd.DataFrame({"x": np.arange(6.0), "y": np.arange(6)}).sort_values("x", ascending=False)
    given = (np.arange(6)[::-1], table["x"], table["y"], table[["x", "y"]], list(table["y"]))
    parts = [*Batches(*given, size=4, seed=2).epoch(0), *split(*given, share=0.5, seed=2)]
    for n, x, y, both, listed in parts:
        np.testing.assert_array_equal([x, y, both[:, 0], both[:, 1], listed], [n] * 5)


@pytest.mark.parametrize("make", [lambda *x: Batches(*x, size=2), lambda *x: split(*x, share=0.5)])
def test_what_is_no_array_of_numbers_is_refused_with_the_way_to_one(make: Callable[..., Any]) -> None:
    events = [Events([0], [i], shape=(4,)) for i in range(4)]
    for recordings in (events, tuple(events)):
        with pytest.raises(
            ParameterError, match=r"Events, which have no common length: write (Batches|split)\(Frames\("
        ):
            make(recordings, np.arange(4))
    with pytest.raises(ParameterError, match=r"list that is no array .* write np\.stack"):
        make([[1, 2], [3]], np.arange(2))
    for names in (["a", "b"], pd.Series(["a", "b"])):
        with pytest.raises(ParameterError, match=r"expected numbers: .*np\.unique\(names, return_inverse=True\)"):
            make(np.arange(2), names)


@pytest.mark.parametrize("arrays", [(), (np.arange(3), np.arange(4)), (np.zeros((0, 2)),)])
def test_arrays_of_no_common_length_are_refused(arrays: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(ShapeError, match=r"lengths .* expected one positive number of examples: Batches\("):
        Batches(*arrays, size=2)


@pytest.mark.parametrize("size", [0, -1, 2.0, True])
def test_a_size_that_is_no_positive_number_is_refused(size: int) -> None:
    with pytest.raises(ParameterError, match=r"Batches\(size=.*expected a whole number from 1 on, such as size=5"):
        Batches(np.arange(5), size=size)


def test_a_size_that_leaves_no_batch_is_refused() -> None:
    with pytest.raises(ParameterError, match="from 1 to 5"):
        Batches(np.arange(5), size=6, drop_last=True)


def test_a_split_divides_examples_at_random_and_together() -> None:
    x = np.arange(40)
    (a, b), (c, d) = split(x, x * 1.0 * u.mV, share=0.25, seed=1)
    assert (len(a), len(c)) == (30, 10)
    assert sorted([*a, *c]) == list(x)
    assert sorted(c) != list(c)
    assert (b.to_decimal(u.mV) == a).all()
    assert (d.to_decimal(u.mV) == c).all()
    assert (split(x, share=0.25, seed=1)[1][0] == c).all()
    assert (split(x, share=0.25, seed=2)[1][0] != c).any()


@pytest.mark.parametrize("share", [0, 1.0, 0.001, -0.5, 7])
def test_a_split_with_an_empty_part_is_refused(share: float) -> None:
    with pytest.raises(ParameterError, match=r"split\(share=.*write share=0.2"):
        split(np.arange(10), share=share)


def test_a_split_of_arrays_of_different_lengths_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"lengths \[3, 4\], expected one length"):
        split(np.arange(3), np.arange(4), share=0.5)
