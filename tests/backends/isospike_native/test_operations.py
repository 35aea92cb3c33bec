"""Every operation, compiled, computes what NumPy does."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike.ops
from isospike.errors import BackendError
from isospike.graph.aval import Aval, dtype_name
from isospike.graph.ir import Graph
from isospike.graph.op import op
from isospike.graph.trace import Trace, apply, raw
from isospike.select import get_backend

pytestmark = pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="no C++ compiler")

FLOATS = ["float32", "float64"]
# Functions of the generator are within a few units in the last place; all else has NumPy's bits.
ULPS = 5
RNG = np.random.default_rng(0)

FUNCTIONS = ["atan", "cos", "cosh", "exp", "expm1", "exprel", "log", "log1p", "sin", "sinh", "tanh"]
UNARY = [*FUNCTIONS, "abs", "ceil", "exponent", "floor", "identity", "isfinite", "isinf", "isnan", "negative", "round"]
UNARY += ["sign", "sqrt", "square", "stop_gradient"]
COMPARISONS = ["equal", "greater", "greater_equal", "less", "less_equal", "not_equal"]
BINARY = ["add", "divide", "floor_divide", "maximum", "minimum", "multiply", "remainder", "subtract", *COMPARISONS]
BITWISE = ["bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor"]
INTEGERS = ["abs", "ceil", "floor", "negative", "round", "sign", "square", *sorted({*BINARY} - {"divide"}), *BITWISE]
BOOLEANS = ["bitwise_and", "bitwise_or", "equal", "not_equal"]
BOOLEANS += ["logical_and", "logical_not", "logical_or", "logical_xor"]


def graph_of(function: Callable[..., Any], arrays: Sequence[Any]) -> Graph:
    trace = Trace()
    symbols = [trace.symbol(Aval(np.shape(x), dtype_name(np.asarray(x).dtype))) for x in arrays]
    with trace.active():
        results = function(*symbols)
    trace.finished = True
    outputs = [x.value for x in (results if isinstance(results, (list, tuple)) else [results])]
    return trace.graph([s.value for s in symbols], outputs)


def both(function: Callable[..., Any], *arrays: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return what generated code and NumPy make of a function of symbols."""
    graph = graph_of(function, arrays)
    native, expected = (
        get_backend(name).compile(graph)([np.asarray(x) for x in arrays]) for name in ("native", "numpy")
    )
    for x, y, value in zip(native, expected, graph.outputs, strict=True):
        assert (
            (x.shape, str(x.dtype)) == (np.shape(y), str(np.asarray(y).dtype)) == (value.aval.shape, value.aval.dtype)
        )
    return list(zip(native, expected, strict=True))


def require_same(function: Callable[..., Any], *arrays: Any) -> None:
    for got, expected in both(function, *arrays):
        np.testing.assert_array_equal(got, expected)


def operation(name: str, **attributes: Any) -> Callable[..., Any]:
    return lambda *xs: apply(op(name), *xs, **attributes)


def reals(dtype: str, positive: bool = False) -> np.ndarray:
    x = np.concatenate([RNG.normal(size=61) * 3, RNG.normal(size=30) * 1e-3, RNG.normal(size=10) * 40])
    return (np.abs(x) + 1e-3 if positive else x).astype(dtype)


SPECIAL = [math.inf, -math.inf, math.nan, 0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 0.5, 1e-30, -1e30, 80.0, -104.0]


@pytest.mark.parametrize("dtype", FLOATS)
def test_functions_of_one_float(dtype: str) -> None:
    x, positive = reals(dtype), reals(dtype, positive=True)
    domain = {name: positive if name in ("log", "log1p", "sqrt") else x for name in UNARY}
    plain = [n for n in UNARY if n not in FUNCTIONS]
    require_same(lambda *xs: [operation(n)(x) for n, x in zip(plain, xs, strict=True)], *(domain[n] for n in plain))
    names = [n for n in UNARY if n in FUNCTIONS]
    pairs = both(lambda *xs: [operation(n)(x) for n, x in zip(names, xs, strict=True)], *(domain[n] for n in names))
    for name, (got, _) in zip(names, pairs, strict=True):
        exact = np.array([reference(name)(v) for v in domain[name].astype(float).tolist()])
        error = np.abs(got - exact) / np.spacing(np.abs(exact).astype(dtype))
        assert error.max() < ULPS, (name, domain[name][np.argmax(error)], error.max())


def reference(name: str) -> Callable[[float], float]:
    import mpmath

    exprel = lambda x: mpmath.expm1(x) / x if x else mpmath.mpf(1)  # noqa: E731
    function = exprel if name == "exprel" else getattr(mpmath, name)

    def value(x: float) -> float:
        with mpmath.workprec(200):
            return float(function(mpmath.mpf(x)))

    return value


@pytest.mark.parametrize("dtype", FLOATS)
def test_functions_of_infinities_nan_zeros_and_numbers_near_the_limits(dtype: str) -> None:
    limits = np.finfo(dtype)
    ends = [limits.tiny, limits.max, -limits.max, 88.9, -87.5, 709.9, -745.2, 710.5, -1000.0]
    x = np.array([*SPECIAL, *ends], np.float64).astype(dtype)
    names = sorted(set(UNARY) - {"exponent"})  # of which it is not defined
    for name, (got, expected) in zip(names, both(lambda x: [operation(n)(x) for n in names], x), strict=True):
        rtol = 0.0 if name not in FUNCTIONS else 4e-7 if dtype == "float32" else 1e-15
        np.testing.assert_allclose(got, expected, rtol=rtol, atol=limits.tiny, err_msg=name)


@pytest.mark.parametrize("dtype", FLOATS)
def test_denormal_numbers_are_zero_in_fast_numerics_only(dtype: str) -> None:
    x = np.array([np.finfo(dtype).tiny, 1.0], dtype) / np.array([8, 1], dtype)
    ((fast, _),) = both(lambda x: raw.add(x, x), x)
    ((exact, _),) = both(lambda x, one: apply(op("guard"), raw.add(x, x), one), x, np.ones((), dtype))
    assert fast.tolist() == [0.0, 2.0]
    assert exact.tolist() == (2 * x).tolist()
    assert (x + x)[0] > 0, "the caller's arithmetic is as it was"


@pytest.mark.parametrize("dtype", FLOATS)
def test_functions_of_two_floats(dtype: str) -> None:
    x, y = reals(dtype), RNG.permutation(reals(dtype)) / 10
    y[::7] = x[::7]
    special = [a.ravel().astype(dtype) for a in np.meshgrid(SPECIAL, SPECIAL)]
    for operands in ((x, y), special):
        require_same(lambda x, y: [operation(n)(x, y) for n in BINARY], *operands)
    for operands in ((np.abs(x), y), special):
        ((got, expected),) = both(operation("pow"), *operands)
        limits = np.finfo(dtype)
        np.testing.assert_allclose(got, expected, rtol=ULPS * limits.eps, atol=limits.tiny)


@pytest.mark.parametrize("dtype", ["int32", "uint32"])
def test_functions_of_integers_wrap_and_divide_as_numpy_does(dtype: str) -> None:
    limits = np.iinfo(dtype)
    x = np.array([0, 1, 2, 7, 31, 32, 100, limits.max, limits.min, limits.max - 1, *RNG.integers(0, 2**31, 20)], dtype)
    if dtype == "int32":
        x = np.concatenate([x, -x[:7], -RNG.integers(0, 2**31, 20).astype(dtype)])
    grid = [a.ravel() for a in np.meshgrid(x, x)]
    require_same(lambda *xs: [operation(n)(*xs[: n_operands(n)]) for n in INTEGERS], *grid)


def test_functions_of_booleans_and_of_numbers_as_booleans() -> None:
    grid = [np.array([0, 0, 1, 1], bool), np.array([0, 1, 0, 1], bool)]
    numbers = [np.array([0.0, -0.5, 2.0]), np.array([1.0, 0.0, math.nan])]
    require_same(lambda *xs: [operation(n)(*xs[: n_operands(n)]) for n in BOOLEANS], *grid)
    names = [n for n in BOOLEANS if n.startswith("logical")]
    require_same(lambda *xs: [operation(n)(*xs[: n_operands(n)]) for n in names], *numbers)


def n_operands(name: str) -> int:
    return len(op(name).partials or ())


@pytest.mark.parametrize("source", ["bool", "int32", "uint32", "float32", "float64"])
def test_casts_and_choices(source: str) -> None:
    x = np.array([0, 1, 2, 100, 3.7, 0.2]).astype(source)
    targets = ["bool", "int32", "uint32", "float32", "float64"]
    require_same(lambda x: [apply(op("astype"), x, to=t) for t in targets], x)
    require_same(lambda c, x: apply(op("where"), c, x, x), x != 1, x)


@pytest.mark.parametrize("dtype", FLOATS)
def test_operations_on_the_bits_of_floats(dtype: str) -> None:
    x = reals(dtype)
    require_same(operation("grid_round", exponent=-7), x)
    require_same(operation("guard"), x, np.ones((), dtype))
    k = np.array([-100, -3, 0, 5, 127], np.int32)
    require_same(operation("power_of_two", to=dtype), k)
    require_same(operation("spike", derivative=None), x)
    require_same(operation("step_time"), k, np.asarray(0.1, dtype))


A = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
INDICES = [(1, (0, 3, 1), (0, 4, 1)), ((0, 2, 1), (2, -1, -1), 2), ((1, 2, 1), (0, 3, 2), (1, 4, 2)), (0, 2, 3)]


@pytest.mark.parametrize("index", INDICES)
def test_what_basic_indexing_picks(index: Any) -> None:
    require_same(operation("index", index=index), A)
    require_same(lambda x: raw.square(apply(op("index"), x, index=index)), A)


def test_views_of_views_are_read_where_they_lie() -> None:
    def function(x: Any) -> list[Any]:
        turned = raw.permute_dims(x, axes=(2, 0, 1))
        flat = raw.reshape(turned, shape=(8, 3))
        row = raw.index(flat, index=(5, (2, -1, -1)))
        wide = raw.broadcast_to(row, shape=(4, 3))
        doubled = raw.add(wide, wide)
        square = raw.multiply(doubled, raw.reshape(raw.index(x, index=((0, 1, 1), (0, 3, 1), (0, 4, 1))), shape=(4, 3)))
        return [turned, flat, row, wide, doubled, square, raw.reshape(turned, shape=(1, 4, 2, 1, 3)), x, x]

    require_same(function, A)


def test_arrays_are_broadcast_against_each_other() -> None:
    shapes = [(2, 3, 4), (3, 1), (4,), (), (1, 1, 1), (2, 1, 4)]
    arrays = [RNG.normal(size=s).astype(np.float32) for s in shapes]
    require_same(lambda *xs: [raw.multiply(x, raw.add(x, y)) for x in xs for y in xs], *arrays)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_arrays_are_joined_and_taken_from_along_every_axis(axis: int) -> None:
    at = np.array([[1, 0], [-1, 1]], np.int32)
    require_same(lambda x: apply(op("concat"), x, raw.square(x), x, axis=axis), A)
    require_same(operation("take", axis=axis), A, at)
    require_same(operation("take", axis=axis), A, np.int32(1))
    require_same(lambda x, i: raw.take(raw.square(x), raw.abs(i), axis=axis), A, at)


def test_a_position_outside_of_an_axis_is_an_error() -> None:
    graph = graph_of(operation("take", axis=1), [A, np.int32(0)])
    run = get_backend("native").compile(graph)
    for bad in (3, -4, 2**31 - 1):
        with pytest.raises(BackendError, match="take"):
            run([A, np.int32(bad)])
    np.testing.assert_array_equal(run([A, np.int32(-3)])[0], A[:, 0])


AXES: list[tuple[int, ...]] = [(0,), (1,), (0, 2), (0, 1, 2), (2,), ()]
REDUCTIONS = [("sum", "float32"), ("sum", "float64"), ("sum", "int32"), ("sum", "bool"), ("sum", "uint32")]
REDUCTIONS += [(name, d) for name in ("max", "min") for d in ("float32", "float64", "int32", "uint32")]
REDUCTIONS += [("any", "bool"), ("all", "bool"), ("any", "float32")]


@pytest.mark.parametrize(("name", "dtype"), REDUCTIONS)
def test_reductions(name: str, dtype: str) -> None:
    x = (RNG.normal(size=(5, 3, 7)) * 5).astype(dtype) if dtype != "bool" else RNG.random((5, 3, 7)) < 0.9

    def function(x: Any) -> list[Any]:
        ways = [(axis, keepdims) for axis in AXES for keepdims in (False, True)]
        results = [operation(name, axis=axis, keepdims=keepdims)(x) for axis, keepdims in ways]
        turned = raw.permute_dims(x, axes=(2, 0, 1))
        results.append(operation(name, axis=(1,), keepdims=False)(turned))
        results.append(operation(name, axis=(1,), keepdims=False)(raw.reshape(x, shape=(1, 105))))  # one row
        results.append(operation(name, axis=(), keepdims=False)(results[6]))  # a scalar
        return results

    for got, expected in both(function, x):
        np.testing.assert_allclose(got, expected, rtol=1e-5 if dtype == "float32" else 1e-14, atol=1e-6)


def test_extremes_of_nan_are_nan() -> None:
    x = np.array([[1.0, np.nan, 3.0], [np.nan, 1.0, 2.0]])
    require_same(lambda x: [operation(n, axis=(1,), keepdims=False)(x) for n in ("max", "min")], x)


SHAPES = [
    ((3, 4), (4, 5)),
    ((4,), (4, 5)),
    ((3, 4), (4,)),
    ((4,), (4,)),
    ((2, 1, 3, 4), (6, 4, 5)),
    ((7, 3, 4), (4, 2)),
]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_products_of_matrices(left: tuple[int, ...], right: tuple[int, ...], dtype: str) -> None:
    x, y = (RNG.normal(size=s).astype(dtype) for s in (left, right))
    for got, expected in both(operation("matmul"), x, y):
        np.testing.assert_allclose(got, expected, rtol=1e-5 if dtype == "float32" else 1e-13, atol=1e-6)


@pytest.mark.parametrize("words", [1, 2, 4])
@pytest.mark.parametrize("shape", [(), (5,), (3, 7), (2, 3, 1), (2, 1, 7)])
def test_random_words_are_those_of_numpy(shape: tuple[int, ...], words: int) -> None:
    key, step = np.array([2**32 - 1, 12345], np.uint32), np.int32(-7)
    require_same(operation("random_bits", shape=shape, draw=3, words=words), key, step)


@pytest.mark.parametrize("dtype", FLOATS)
def test_numbers_from_tables_are_those_of_numpy(dtype: str) -> None:
    from isospike.random.tails import exponential_table, normal_table

    words = RNG.integers(0, 2**32, (1 if dtype == "float32" else 2, 5000), dtype=np.uint32)
    words[:, :6] = [0, 1, 2**31, 2**32 - 1, 2**31 - 1, 2**30]
    for table in (normal_table(dtype), exponential_table(dtype)):
        require_same(operation("inverse_tail"), table, *words)
    require_same(operation("inverse_tail"), normal_table("float32").astype("float64"), words[0])


def test_every_operation_has_code_or_is_refused_by_name() -> None:
    from isospike_codegen.calls import CALLS
    from isospike_codegen.expressions import POINTWISE
    from isospike_codegen.prepare import REARRANGED

    names = {p.stem for p in Path(isospike.ops.__path__[0]).glob("*.py")} - {"__init__"}
    own = {"event_add"}  # what the generator makes of an addition of events
    assert names | own == {*CALLS, *POINTWISE, *REARRANGED, "vjp"}
    trace = Trace()
    x, body = trace.symbol(Aval((3,), "float32")), trace.graph([], [])
    attributes = {"body": body, "n_const": 0, "n_pulled": 0}
    with trace.active():
        (y,) = trace.emit(op("vjp"), [x.value], attributes, [Aval((3,), "float32")])
    with pytest.raises(BackendError, match=r"cannot compute the operation 'vjp'"):
        get_backend("native").compile(trace.graph([x.value], [y.value]))
