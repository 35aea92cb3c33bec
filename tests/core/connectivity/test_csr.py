from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from isospike.connectivity import CSR, one_to_one
from isospike.errors import ShapeError


def int32(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def test_rows_hold_the_targets_of_each_cell() -> None:
    csr = CSR(int32(0, 2, 2, 3), int32(0, 3, 1), 4)
    assert (csr.n_pre, csr.n_post, csr.n_synapses) == (3, 4, 3)
    assert csr.pre_indices().tolist() == [0, 0, 2]
    assert csr.dense().tolist() == [[1, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]]
    assert csr.dense([0.5, 2.0, -1.0]).tolist() == [[0.5, 0, 0, 2], [0, 0, 0, 0], [0, -1, 0, 0]]


def test_repeated_synapses_add_up_in_the_dense_matrix() -> None:
    assert CSR(int32(0, 3), int32(1, 1, 1), 2).dense([1.0, 2.0, 4.0]).tolist() == [[0, 7]]


def test_the_container_can_neither_be_written_nor_be_changed_from_outside() -> None:
    indices = int32(0, 1)
    csr = CSR(int32(0, 2), indices, 2)
    indices[0] = 1
    assert csr.indices.tolist() == [0, 1]
    for array in (csr.indices, csr.indptr):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        csr.n_post = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("indptr", "indices", "n_post", "message"),
    [
        (int32(0, 2), np.array([0, 1]), 2, "one-dimensional NumPy array of int32.*int64"),
        (np.array([0, 2]), int32(0, 1), 2, "`indptr`.*int64"),
        (int32(0, 2), int32(0, 1).reshape(1, 2), 2, "shape"),
        ([0, 2], int32(0, 1), 2, r"is \[0, 2\]"),
        (int32(0), int32(), 2, "n_pre"),
        (int32(1, 2), int32(0, 1), 2, "rise from 0"),
        (int32(0, 1), int32(0, 1), 2, "number of synapses, 2"),
        (int32(0, 2, 1, 2), int32(0, 1), 2, "rise"),
        (int32(0, 2), int32(0, 2), 2, "n_post=3"),
        (int32(0, 2), int32(-1, 0), 2, "run from -1"),
        (int32(0, 1, 4), int32(3, 0, 2, 1), 4, "those of cell 1 do not"),
        (int32(0, 1), int32(0), 0, "n_post"),
        (int32(0, 1), int32(0), 1.5, "n_post"),
    ],
)
def test_arrays_that_are_no_rows_are_refused(indptr: Any, indices: Any, n_post: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        CSR(indptr, indices, n_post)


def test_weights_of_another_length_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"pre_indices"):
        one_to_one(3).dense([1.0, 2.0])
