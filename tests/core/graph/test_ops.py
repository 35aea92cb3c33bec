from __future__ import annotations

import importlib
import math
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import array_api_strict
import numpy as np
import pytest

import isospike.ops
from isospike import environ
from isospike.errors import ShapeError
from isospike.graph.aval import Aval, dtype_name, is_floating
from isospike.graph.op import op
from isospike.graph.trace import apply, close, raw
from isospike.select import get_backend
from isospike_numpy.interpreter import compile_graph

NAMES = sorted(p.stem for p in Path(isospike.ops.__path__[0]).glob("*.py") if p.stem != "__init__")
PRECISIONS = ["float32", "float64"]
# A few units in the last place of float32 functions; float64 is compared with Python's own math.
TOLERANCE = {"float32": 2e-6, "float64": 1e-14}


@dataclass
class Case:
    """Operands (floating ones are cast to the precision under test), attributes and the expected array."""

    operands: tuple[Any, ...]
    expected: Any
    attributes: dict[str, Any] = field(default_factory=dict)


X = np.array([-2.25, -0.75, 0.3, 0.45, 1.7, 3.1], np.float32).astype(np.float64)
Y = np.array([0.7, 1.3, -2.1, 0.6, 0.8, 1.9], np.float32).astype(np.float64)
TIES = np.where(Y > 1, X, Y)
POSITIVE = abs(X) + 0.1
B, C = np.array([True, True, False, False]), np.array([True, False, True, False])
N, K = np.array([5, -7, 12, 3], np.int32), np.array([3, 2, 1, 4], np.int32)
M = np.arange(6.0).reshape(2, 3)
AXIS1 = {"axis": (1,), "keepdims": False}


def unary(function: Any, x: Any = X) -> Case:
    return Case((x,), np.array([function(v) for v in x.tolist()]))


def binary(function: Any, x: Any = X, y: Any = Y) -> Case:
    return Case((x, y), np.array([function(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))


SPECIAL = np.array([1.0, math.inf, -math.inf, math.nan])
DENSE = np.array([[0, 2.0, 0, 1.5], [0.5, 0, 0, 0], [3.0, 4.0, 0, 0]])
INDPTR, INDICES = np.array([0, 2, 3, 5], np.int32), np.array([1, 3, 0, 0, 1], np.int32)
WEIGHTS = np.array([2.0, 1.5, 0.5, 3.0, 4.0])
SPIKES = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
TAIL = np.stack([np.arange(32.0 * 128), np.full(32 * 128, 2.0**20), np.full(32 * 128, 2.0**10)])

CASES = {
    "abs": unary(abs),
    "atan": unary(math.atan),
    "ceil": unary(math.ceil),
    "cos": unary(math.cos),
    "cosh": unary(math.cosh),
    "exp": unary(math.exp),
    "expm1": unary(math.expm1),
    "exprel": unary(lambda v: math.expm1(v) / v),
    "floor": unary(math.floor),
    "identity": unary(lambda v: v),
    "log": unary(math.log, POSITIVE),
    "log1p": unary(math.log1p, POSITIVE),
    "negative": unary(lambda v: -v),
    "round": unary(round),
    "sign": unary(lambda v: math.copysign(1.0, v)),
    "sin": unary(math.sin),
    "sinh": unary(math.sinh),
    "sqrt": unary(math.sqrt, POSITIVE),
    "square": unary(lambda v: v * v),
    "stop_gradient": unary(lambda v: v),
    "tanh": unary(math.tanh),
    "isfinite": unary(math.isfinite, SPECIAL),
    "isinf": unary(math.isinf, SPECIAL),
    "isnan": unary(math.isnan, SPECIAL),
    "add": binary(lambda a, b: a + b),
    "subtract": binary(lambda a, b: a - b),
    "multiply": binary(lambda a, b: a * b),
    "divide": binary(lambda a, b: a / b),
    "quotient": binary(lambda a, b: a / b),
    "maximum": binary(max),
    "minimum": binary(min),
    "pow": binary(math.pow, POSITIVE),
    "remainder": binary(lambda a, b: a % b),
    "floor_divide": binary(lambda a, b: a // b),
    "less": binary(lambda a, b: a < b),
    "less_equal": binary(lambda a, b: a <= b),
    "greater": binary(lambda a, b: a > b),
    "greater_equal": binary(lambda a, b: a >= b),
    "equal": binary(lambda a, b: a == b, X, TIES),
    "not_equal": binary(lambda a, b: a != b, X, TIES),
    "logical_and": binary(lambda a, b: a and b, B, C),
    "logical_or": binary(lambda a, b: a or b, B, C),
    "logical_xor": binary(lambda a, b: a != b, B, C),
    "logical_not": unary(lambda a: not a, B),
    "bitwise_and": binary(lambda a, b: a & b, N, K),
    "bitwise_or": binary(lambda a, b: a | b, N, K),
    "bitwise_xor": binary(lambda a, b: a ^ b, N, K),
    "bitwise_left_shift": binary(lambda a, b: a << b, N, K),
    "bitwise_right_shift": binary(lambda a, b: a >> b, N, K),
    "all": Case((M > 0,), np.array([False, True]), AXIS1),
    "any": Case((M > 4,), np.array([False, True]), AXIS1),
    "max": Case((M,), np.array([2.0, 5.0]), AXIS1),
    "min": Case((M,), np.array([[0.0], [3.0]]), {"axis": (1,), "keepdims": True}),
    "sum": Case((M,), np.array([3.0, 12.0]), AXIS1),
    "astype": Case((X,), np.array([-2, 0, 0, 0, 1, 3]), {"to": "int32"}),
    "broadcast_to": Case((M[0],), np.array([[0.0, 1.0, 2.0]] * 2), {"shape": (2, 3)}),
    "concat": Case((M, M[:1]), np.array([[0.0, 1, 2], [3, 4, 5], [0, 1, 2]]), {"axis": 0}),
    "event_matvec": Case((SPIKES, WEIGHTS, INDPTR, INDICES), SPIKES @ DENSE, {"n_post": 4}),
    "exponent": Case((np.array([1.5, -1.9, 0.75, 0.01, -3e30]),), np.array([0, 0, -1, -7, 101])),
    "grid_round": Case((X,), np.array([-2.25, -0.75, 0.25, 0.5, 1.75, 3.0]), {"exponent": -2}),
    "guard": Case((X, np.ones(())), X),
    "index": Case((M,), np.array([5.0, 4.0, 3.0]), {"index": (1, (2, -1, -1))}),
    # The end of an octave, and the middles of two segments, where the polynomial is exact.
    "inverse_tail": Case(
        (TAIL, np.array([0, 128 + 5, 2**31 + 255], np.uint32)),
        np.array([31 * 128 + 2.0**-8 + 2.0**-20, *(23 * 128 + np.array([5, 127]) + 2.0**-9 + 2.0**-22)]),
    ),
    "matmul": Case((M, M.T), np.array([[5.0, 14.0], [14.0, 50.0]])),
    "permute_dims": Case((M,), np.array([[0.0, 3], [1, 4], [2, 5]]), {"axes": (1, 0)}),
    "power_of_two": Case((np.array([-20, 0, 7], np.int32),), np.array([2.0**-20, 1.0, 128.0]), {"to": "float64"}),
    "random_bits": Case(
        (np.array([0, 0], np.uint32), np.int32(0)),
        np.array([[0x6627E8D5], [0xE169C58D]], np.uint32),
        {"shape": (1,), "draw": 0, "words": 2},
    ),
    "reshape": Case((M,), np.array([[0.0, 1], [2, 3], [4, 5]]), {"shape": (3, 2)}),
    "spike": Case((np.array([-0.1, 0.0, 0.1]),), np.array([0.0, 1.0, 1.0]), {"derivative": None}),
    "step_time": Case((np.int32(30), np.float64(0.1)), np.float64(3.0)),
    "take": Case(
        (M, np.array([[2, 0], [1, 1]], np.int32)),
        np.array([[[2.0, 0], [1, 1]], [[5, 3], [4, 4]]]),
        {"axis": 1},
    ),
    "where": Case((B, X[:4], Y[:4]), np.array([*X[:2], *Y[2:4]])),
}

# Operations that mix elements, or hold a graph: they have no element-wise derivative.
WITHOUT_PARTIALS = set(
    """
    all any broadcast_to concat event_matvec index inverse_tail matmul max min permute_dims power_of_two
    random_bits reshape scan spike step_time sum take vjp when while_loop
    """.split()  # noqa: SIM905
)
# The derivative of these is declared zero, which it is between jumps; stop_gradient says so by definition.
PIECEWISE_CONSTANT = set(
    """
    bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor ceil equal exponent floor
    floor_divide greater greater_equal isfinite isinf isnan less less_equal logical_and logical_not
    logical_or logical_xor not_equal round sign stop_gradient
    """.split()  # noqa: SIM905
)
# Hold a graph that each backend runs in its own way.
STRUCTURED = {"scan", "vjp", "when", "while_loop"}
EVALUATED = [n for n in NAMES if n not in STRUCTURED]
DIFFERENTIABLE = sorted(set(NAMES) - WITHOUT_PARTIALS - PIECEWISE_CONSTANT)


DERIVATIVE = {p: close(lambda x: 0.0 * x, [Aval((3,), p)])[0] for p in PRECISIONS}


def operands(name: str, precision: str) -> list[np.ndarray]:
    arrays = [np.asarray(x) for x in CASES[name].operands]
    return [x.astype(precision) if x.dtype.kind == "f" else x for x in arrays]


def test_every_operation_has_a_case_and_only_those_with_a_body_are_left_to_backends() -> None:
    assert set(CASES) == set(EVALUATED)
    assert {n for n in NAMES if op(n).evaluate is None} == STRUCTURED
    assert all(op(n).name == n for n in NAMES)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("xp", [np, array_api_strict], ids=["numpy", "strict"])
@pytest.mark.parametrize("name", EVALUATED)
def test_a_traced_operation_computes_the_reference_in_the_inferred_shape_and_dtype(
    name: str, xp: Any, precision: str
) -> None:
    case, arrays = CASES[name], operands(name, precision)
    avals = [Aval(x.shape, dtype_name(x.dtype)) for x in arrays]
    with environ.context(precision=precision):
        graph, captured = close(lambda *xs: apply(op(name), *xs, **case.attributes), avals)
    assert captured == []
    with np.errstate(all="ignore"):
        (result,) = compile_graph(graph, xp, {})(*map(xp.asarray, arrays))
    assert Aval(tuple(result.shape), dtype_name(result.dtype)) == graph.outputs[0].aval
    assert dtype_name(result.dtype) == str(result.dtype).rsplit(".", 1)[-1], "no 64-bit integer may appear"
    np.testing.assert_allclose(np.asarray(result), case.expected, rtol=TOLERANCE[precision], atol=0)


def test_the_operations_without_a_derivative_are_those_that_are_known() -> None:
    assert {n for n in NAMES if op(n).partials is None} == WITHOUT_PARTIALS
    zero = {n for n in NAMES if op(n).partials is not None and all(p is None for p in op(n).partials or ())}
    assert zero == PIECEWISE_CONSTANT


@pytest.mark.parametrize("name", [n for n in NAMES if n not in WITHOUT_PARTIALS])
def test_there_is_one_partial_per_operand(name: str) -> None:
    assert len(op(name).partials or ()) == len(CASES[name].operands)


# Their derivative is that of what they stand for: a rounding of x, and x.
STANDING_FOR_X = {"astype", "grid_round", "guard"}


@pytest.mark.parametrize("name", sorted(set(DIFFERENTIABLE) - STANDING_FOR_X))
def test_partials_agree_with_central_differences(name: str) -> None:
    arrays, record = operands(name, "float64"), op(name)
    out = raw.__getattr__(name)(*arrays)
    for i, partial in enumerate(record.partials or ()):
        if not is_floating(str(arrays[i].dtype)):
            assert partial is None
            continue
        step = np.zeros_like(arrays[i]) + 1e-6
        above, below = (raw.__getattr__(name)(*arrays[:i], arrays[i] + s, *arrays[i + 1 :]) for s in (step, -step))
        slope = 0.0 if partial is None else partial(raw, out, *arrays)
        np.testing.assert_allclose(np.broadcast_to(slope, out.shape), (above - below) / 2e-6, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", sorted(PIECEWISE_CONSTANT - {"stop_gradient"}))
def test_a_derivative_declared_zero_is_zero_between_the_jumps(name: str) -> None:
    arrays = operands(name, "float64")
    if arrays[0].dtype.kind != "f":
        return
    moved = [x + 1e-6 * (i + 1) for i, x in enumerate(arrays)]
    apart = arrays[0] != arrays[-1] if len(arrays) == 2 else np.isfinite(arrays[0])
    before, after = (raw.__getattr__(name)(*operands) for operands in (arrays, moved))
    np.testing.assert_array_equal(before[apart], after[apart])


def test_exprel_is_accurate_and_smooth_through_zero() -> None:
    x = np.array([-700.0, -1.0, -0.5, -0.4999, -1e-3, -1e-12, 0.0, 1e-300, 1e-9, 0.3, 0.5, 0.7, 20.0])
    expected = [1.0 if v == 0 else math.expm1(v) / v for v in x]
    np.testing.assert_allclose(raw.exprel(x), expected, rtol=4e-16)
    narrow = raw.exprel(x[1:].astype(np.float32))
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, expected[1:], rtol=4e-7)


@pytest.mark.parametrize("x", [0.0, 1e-5, -0.049, 0.051, 0.2, -3.0])
def test_the_derivative_of_exprel_is_accurate_near_zero(x: float) -> None:
    exact = sum(Fraction(x) ** (k - 1) * k / math.factorial(k + 1) for k in range(1, 40))
    partial = (op("exprel").partials or ())[0]
    assert partial is not None
    assert float(partial(raw, raw.exprel(np.float64(x)), np.float64(x))) == pytest.approx(float(exact), rel=1e-7)


@pytest.mark.parametrize("xp", [np, array_api_strict], ids=["numpy", "strict"])
def test_events_equal_the_dense_product_of_any_connection(xp: Any) -> None:
    random = np.random.default_rng(0)
    dense = np.where(random.random((7, 5)) < 0.4, random.integers(1, 9, (7, 5)), 0).astype(np.float64)
    rows, columns = np.nonzero(dense)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=7))]).astype(np.int32)
    spikes = (random.random((3, 7)) < 0.5).astype(np.float64)
    arrays = [xp.asarray(a) for a in (spikes, dense[rows, columns], indptr, columns.astype(np.int32))]
    result = op("event_matvec").evaluate(xp, *arrays, n_post=5)  # type: ignore[misc]
    np.testing.assert_array_equal(np.asarray(result), spikes @ dense)


@pytest.mark.parametrize("xp", [np, array_api_strict], ids=["numpy", "strict"])
def test_random_bits_count_elements_and_batch_in_separate_counters(xp: Any) -> None:
    key = xp.asarray(np.array([7, 9], np.uint32))
    bits = [
        np.asarray(op("random_bits").evaluate(xp, key, xp.asarray(np.int32(3)), shape=s, draw=2))  # type: ignore[misc]
        for s in ((5,), (2, 5), (3, 2, 5))
    ]
    assert [b.dtype for b in bits] == [np.uint32] * 3
    np.testing.assert_array_equal(bits[1][0], bits[0])
    np.testing.assert_array_equal(bits[2].reshape(6, 5)[:2], bits[1])
    assert len(np.unique(bits[2])) == 30


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: raw.matmul, "inner sizes 3 and 2"),
        (lambda: raw.reshape, "number of elements differs"),
        (lambda: raw.concat, "cannot be joined along axis 0"),
        (lambda: raw.add, "cannot be combined element by element"),
        (lambda: raw.event_matvec, "takes 3 presynaptic cells"),
    ],
)
def test_shape_errors_name_the_shapes(call: Any, words: str) -> None:
    avals = {
        "inner": [Aval((2, 3), "float32"), Aval((2, 3), "float32")],
        "number": [Aval((2, 3), "float32")],
        "cannot be joined": [Aval((2, 3), "float32"), Aval((2, 4), "float32")],
        "cannot be combined": [Aval((2, 3), "float32"), Aval((4,), "float32")],
        "takes": [Aval((2,), "float32"), Aval((), "float32"), Aval((4,), "int32"), Aval((9,), "int32")],
    }
    attributes = {"number": {"shape": (4, 2)}, "cannot be joined": {"axis": 0}, "takes": {"n_post": 2}}
    key = next(k for k in avals if words.startswith(k))
    with pytest.raises(ShapeError, match=words):
        close(lambda *xs: call()(*xs, **attributes.get(key, {})), avals[key])


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", EVALUATED)
def test_every_backend_computes_every_operation_in_the_inferred_shape_and_dtype(
    name: str, backend_name: str, precision: str
) -> None:
    case, arrays = CASES[name], operands(name, precision)
    backend = get_backend(backend_name)
    avals = [Aval(x.shape, dtype_name(x.dtype)) for x in arrays]
    attributes = {**case.attributes, **({"derivative": DERIVATIVE[precision]} if name == "spike" else {})}
    with environ.context(precision=precision):
        graph, _ = close(lambda *xs: apply(op(name), *xs, **attributes), avals)
    given = [backend.asarray(x, a.dtype) for x, a in zip(arrays, avals, strict=True)]
    (result,) = backend.compile(graph)(given)
    assert Aval(tuple(result.shape), str(result.dtype).removeprefix("torch.")) == graph.outputs[0].aval
    np.testing.assert_allclose(backend.to_numpy(result), case.expected, rtol=TOLERANCE[precision], atol=0)


@pytest.mark.parametrize(("name", "expected"), [("floor_divide", 0), ("remainder", 0)])
def test_integers_divided_by_zero_give_zero_where_the_library_would_raise(name: str, expected: int) -> None:
    torch = pytest.importorskip("torch")
    function = importlib.import_module("isospike_torch.elementwise").FUNCTIONS[name]
    result = function(torch.tensor([7, 7], dtype=torch.int32), torch.tensor([0, 4], dtype=torch.int32))
    assert result.dtype == torch.int32
    assert result.tolist() == [expected, {"floor_divide": 1, "remainder": 3}[name]]
