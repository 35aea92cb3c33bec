"""What NumPy computes in its own way equals what the operations define."""

from __future__ import annotations

import numpy as np
import pytest

from isospike.graph.op import op
from isospike.random.tails import normal_table
from isospike_numpy.elementwise import exprel, sum_
from isospike_numpy.events import event_matvec
from isospike_numpy.random import inverse_tail, random_bits


@pytest.mark.parametrize("shape", [(1,), (7,), (1, 7), (3, 7), (2, 3, 5)])
@pytest.mark.parametrize("step", [0, 1, 2**31 - 1])
@pytest.mark.parametrize("words", [1, 2, 4])
@pytest.mark.parametrize("piece", [2, 2**15])
def test_random_words_are_those_of_the_operation(shape, step, words, piece, monkeypatch):
    monkeypatch.setattr("isospike_numpy.random._PIECE", piece)
    key = np.array([0xDEADBEEF, 0x12345678], dtype=np.uint32)
    expected = op("random_bits").evaluate(np, key, np.int32(step), shape=shape, draw=3, words=words)
    result = random_bits(key, np.int32(step), shape=shape, draw=3, words=words)
    assert result.dtype == np.uint32
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("shape", [(), (0,), (7,), (2, 3, 5)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("piece", [2, 2**15])
def test_numbers_of_a_tail_are_those_of_the_operation(shape, dtype, piece, monkeypatch):
    monkeypatch.setattr("isospike_numpy.random._PIECE", piece)
    words = np.random.default_rng(0).integers(0, 2**32, (2, *shape), dtype=np.uint32)
    operands = (normal_table(dtype), *words[: 1 if dtype == "float32" else 2])
    result = inverse_tail(*operands)
    assert result.dtype == dtype
    assert result.shape == shape
    np.testing.assert_array_equal(result, op("inverse_tail").evaluate(np, *operands))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_exprel_agrees_with_the_series_and_is_one_at_zero(dtype):
    x = np.concatenate([[0.0, -0.0], np.linspace(-5, 5, 1001), np.logspace(-30, 0, 61)]).astype(dtype)
    expected = op("exprel").evaluate(np, x.astype("float64"))
    np.testing.assert_allclose(exprel(x), expected, rtol=8 * np.finfo(dtype).eps)
    assert exprel(x)[0] == exprel(x)[1] == 1


def test_booleans_are_counted_in_int32_over_any_axes():
    x = np.random.default_rng(0).random((3, 4, 5)) < 0.5
    for axis, keepdims in (((0, 1, 2), False), ((0, 1, 2), True), ((1,), False)):
        result = sum_(x, axis=axis, keepdims=keepdims)
        assert result.dtype == np.int32
        np.testing.assert_array_equal(result, x.sum(axis=axis, keepdims=keepdims))


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("per_synapse", [False, True])
def test_events_equal_a_dense_product(graded, per_synapse):
    rng = np.random.default_rng(1)
    dense = (rng.random((40, 30)) < 0.2).astype(float)
    indptr = np.concatenate(([0], np.cumsum(dense.sum(1)))).astype(np.int32)
    indices = np.nonzero(dense)[1].astype(np.int32)
    weights = rng.normal(size=indices.size) if per_synapse else np.asarray(0.7)
    dense[dense != 0] = weights
    spikes = (rng.random((2, 3, 40)) < 0.3) * (rng.normal(size=(2, 3, 40)) if graded else 1.0)
    result = event_matvec(spikes, weights, indptr, indices, n_post=30)
    np.testing.assert_allclose(result, spikes @ dense, atol=1e-12)
