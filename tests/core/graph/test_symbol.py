from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import LeakedSymbolError, ShapeError, TraceError
from isospike.graph.aval import Aval
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace

FORBIDDEN: list[tuple[Callable[[Any], Any], str]] = [
    (bool, "iso.math.where"),
    (lambda x: 1 if x else 0, "iso.math.where"),
    (float, "iso.math.exp"),
    (math.exp, "iso.math.exp"),
    (int, "iso.math.astype"),
    (lambda x: [10, 20][x], "iso.math.take"),
    (range, "iso.math.take"),
    (len, r"x.shape\[0\]"),
    (iter, r"x\[0\]"),
    (list, r"x\[0\]"),
    (np.asarray, "iso.math.exp"),
    (lambda x: x.__setitem__(0, 1.0), "iso.math.where"),
]


@pytest.fixture
def x(trace: Trace) -> Symbol:
    return trace.symbol(Aval((3,), "float32"))


@pytest.mark.parametrize(("use", "cure"), FORBIDDEN)
def test_what_needs_data_raises_with_its_cure(x: Symbol, use: Callable[[Any], Any], cure: str) -> None:
    with pytest.raises(TraceError, match=cure):
        use(x)


@pytest.mark.parametrize("shape", [(), (3,)])
def test_an_array_indexed_by_a_traced_integer_is_told_of_take(shape: tuple[int, ...], trace: Trace) -> None:
    i = trace.symbol(Aval(shape, "int32"))
    for index in (lambda: np.arange(5.0)[i], lambda: (np.arange(5.0) * u.mV)[i], lambda: np.arange(5.0)[i,]):
        with pytest.raises(TraceError, match=r"use iso\.math\.take\(values, [xi]\)"):
            index()


def jnp(name: str) -> Callable[[Any], Any]:
    return lambda x: getattr(pytest.importorskip("jax.numpy"), name)(x)


FOREIGN = [
    np.exp,
    np.maximum.reduce,
    jnp("exp"),
    jnp("sum"),
    lambda x: u.math.exp(x),
    lambda x: u.math.sum(x),
]


@pytest.mark.parametrize("function", FOREIGN)
def test_a_foreign_function_of_a_traced_value_is_explained(function: Any, numpy_backend: None) -> None:
    with pytest.raises(TraceError, match=r"iso\.math\.exp"):
        iso.transform.jit(lambda x: function(x))(np.ones(3))


@pytest.mark.parametrize("function", [np.maximum.reduce, jnp("sum"), lambda x: u.math.sum(x)])
def test_a_foreign_function_of_a_traced_quantity_is_explained_with_its_line(function: Any, numpy_backend: None) -> None:
    with pytest.raises(TraceError, match=r"test_symbol\.py:\d+ calls .*iso\.math\.exp"):
        iso.transform.jit(lambda x: function(x))(np.ones(3) * u.mV)


def test_its_text_has_a_constant_size(trace: Trace) -> None:
    value = trace.symbol(Aval((1000,), "float32"))
    for _ in range(200):
        value = value + value
    assert repr(value) == str(value) == "Symbol(float32[1000])"
    assert len(trace.nodes) == 200


def test_it_has_the_attributes_of_the_array_api(trace: Trace) -> None:
    x = trace.symbol(Aval((2, 3, 4), "float32"))
    assert (x.shape, x.ndim, x.size, x.dtype, x.device) == ((2, 3, 4), 3, 24, "float32", "symbolic")
    assert x.mT.shape == (2, 4, 3)
    assert x[0].T.shape == (4, 3)
    assert x.__array_namespace__(api_version="2024.12") is iso.math
    with pytest.raises(ShapeError, match="each of its axes once"):
        _ = x.T


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "truediv": lambda a, b: a / b,
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "pow": lambda a, b: a**b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
INTEGER = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "lshift": lambda a, b: a << b,
    "rshift": lambda a, b: a >> b,
}
A, B = np.array([0.5, 2.0, 7.0]), np.array([2.0, 1.5, 2.0])


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize(
    "other", [B, 2.0, 2, np.float64(1.5), B[1:2]], ids=["array", "float", "int", "scalar", "broadcast"]
)
def test_operators_of_the_array_api_compute_as_numpy_does(name: str, other: Any, numpy_backend: None) -> None:
    operator = OPERATORS[name]
    for function, expected in (
        (lambda x: operator(x, other), operator(A, other)),
        (lambda x: operator(other, x), operator(other, A)),
    ):
        result = iso.transform.jit(function)(A)
        assert result.dtype == (np.bool_ if expected.dtype == bool else np.float32)
        np.testing.assert_allclose(result, expected, rtol=1e-6)


@pytest.mark.parametrize("name", INTEGER)
def test_bit_operators_compute_as_numpy_does_and_stay_int32(name: str, numpy_backend: None) -> None:
    a, b = np.array([5, 9, 2], np.int32), np.array([1, 3, 2], np.int32)
    operator = INTEGER[name]
    left, right = iso.transform.jit(lambda x, y: (operator(x, b), operator(3, y)))(a, b)
    assert left.dtype == right.dtype == np.int32
    np.testing.assert_array_equal(left, operator(a, b))
    np.testing.assert_array_equal(right, operator(3, b))


def test_unary_operators_compute_as_numpy_does(numpy_backend: None) -> None:
    values, flags = np.array([-1.0, 2.0]), np.array([True, False])
    results = iso.transform.jit(lambda x, f: (-x, +x, abs(x), ~f, ~(f & ~f), f | (x > 0), f ^ f))(values, flags)
    expected = (-values, values, abs(values), ~flags, [True, True], [True, True], [False, False])
    for got, wanted in zip(results, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_matrix_products_keep_the_inner_sizes(numpy_backend: None) -> None:
    m = np.arange(6.0).reshape(2, 3)
    left, right = iso.transform.jit(lambda x: (m @ x, x @ m.T))(A)
    np.testing.assert_allclose(left, m @ A)
    np.testing.assert_allclose(right, A @ m.T)


KEYS = [
    0,
    -1,
    slice(1, None),
    slice(None, None, -1),
    slice(None, None, 2),
    ...,
    None,
    (0, None),
    (..., 1),
    (None, slice(1, 3), -1),
    (1, ...),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing_agrees_with_numpy(key: Any, numpy_backend: None) -> None:
    m = np.arange(12.0).reshape(4, 3)
    np.testing.assert_array_equal(iso.transform.jit(lambda x: x[key])(m), m[key])


@pytest.mark.parametrize("key", [4, -5, (0, 0, 0), (slice(None), 3)], ids=str)
def test_an_index_out_of_range_is_refused_while_tracing(key: Any, trace: Trace) -> None:
    with pytest.raises(ShapeError, match=r"index|entries"):
        trace.symbol(Aval((4, 3), "float32"))[key]


def test_an_integer_array_takes_along_the_first_axis(backend: str) -> None:
    m, i = np.arange(12.0).reshape(4, 3), np.array([[3, 0], [1, 1]], np.int32)
    for result in iso.transform.jit(lambda x, k: (x[k], x[i], iso.math.take(x, k)))(m, i):
        np.testing.assert_array_equal(result, m[i])


def test_a_symbol_is_dead_after_its_trace(backend: str) -> None:
    kept: list[Any] = []
    iso.transform.jit(lambda x: kept.append(x) or x)(1.0)
    for use in (lambda s: s + 1, lambda s: iso.transform.jit(lambda y: y + s)(1.0), lambda s: 1 * u.mV * s):
        with pytest.raises(LeakedSymbolError, match=r"float32\[\].*State"):
            use(kept[0])


def test_a_symbol_of_a_loop_is_dead_outside_its_body(backend: str) -> None:
    def outer(x: Any) -> Any:
        kept: list[Any] = []
        iso.transform.for_loop(lambda y: kept.append(y), np.ones(3))
        return x + kept[0]

    with pytest.raises(LeakedSymbolError, match="State"):
        iso.transform.jit(outer)(1.0)


def test_a_symbol_of_the_outer_trace_is_captured_by_a_loop_in_it(backend: str) -> None:
    result = iso.transform.jit(lambda x: iso.transform.for_loop(lambda y: 2 * x + y, np.arange(3.0)))(10.0)
    np.testing.assert_array_equal(result, [20, 21, 22])


METHODS = [
    lambda x: x.sum(),
    lambda x: x.mean(axis=0),
    lambda x: x.max(axis=1, keepdims=True),
    lambda x: x.min(),
    lambda x: x.reshape(3, 2),
    lambda x: x.reshape((6,)),
    lambda x: x.clip(0.0, 2.0),
    lambda x: x.round(),
    lambda x: round(x),
    lambda x: (x > 1).any(),
    lambda x: (x > 1).all(axis=1),
    lambda x: x.reshape(1, 6).squeeze(0),
    lambda x: np.sum(x),
    lambda x: x[[1, 0]],
    lambda x: x[np.array([False, True])],
]


def expected(method: Any, x: np.ndarray) -> Any:
    """Return what NumPy gives; its arrays have no ``__round__``."""
    try:
        return method(x)
    except TypeError:
        return np.round(x)


@pytest.mark.parametrize("method", METHODS)
def test_a_traced_array_has_the_methods_of_arrays(method: Any, backend: str) -> None:
    x = np.array([[0.25, 1.5, -2.0], [3.0, 0.5, 1.25]], dtype=np.float32)
    result = iso.transform.jit(lambda x: method(x))(x)
    np.testing.assert_allclose(np.asarray(result), expected(method, x), rtol=1e-6)
