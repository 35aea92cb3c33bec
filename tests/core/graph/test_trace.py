from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.errors import LeakedSymbolError
from isospike.graph.aval import Aval, broadcast_shapes, dtype_name, promote
from isospike.graph.op import op
from isospike.graph.trace import Trace, apply, close, current_trace, module_scope, raw, tracing


def test_host_values_fold_in_float64_and_leave_no_node(trace: Trace) -> None:
    folded = raw.exp(raw.divide(raw.negative(np.float32(0.1)), 3))
    assert folded.dtype == np.float64
    assert folded == np.exp(-np.float64(np.float32(0.1)) / 3)
    assert trace.nodes == []


def test_a_folded_constant_is_rounded_once_to_the_working_precision(numpy_backend: None) -> None:
    tau, dt = np.float64(7.3), np.float64(0.1)
    result = iso.transform.jit(lambda x: x * iso.math.exp(-dt / tau))(np.float32(1))
    assert result == np.float32(np.exp(-dt / tau))


def test_a_graph_holds_no_literal_and_equal_literals_share_an_input(trace: Trace) -> None:
    x = trace.symbol(Aval((3,), "float32"))
    x * 2.0 + 2.0 - np.float64(2.0)
    assert all(len(n.inputs) == 2 and not n.attributes for n in trace.nodes)
    # The literal 2.0 is one input, the NumPy value (it could be a parameter) another.
    assert sorted(float(v) for v in trace.hosts.values()) == [2.0, 2.0]


def test_equal_parameters_stay_two_inputs(trace: Trace) -> None:
    x, a, b = trace.symbol(Aval((), "float32")), np.array(5.0), np.array(5.0)
    (x * a) * b
    assert len(trace.hosts) == 2


def test_an_origin_names_the_module_and_the_line_of_the_user(trace: Trace) -> None:
    x = trace.symbol(Aval((3,), "float32"))
    with module_scope("net.N"):
        u.quantity(x, u.mV) + 1 * u.volt
    origin = trace.nodes[-1].origin
    assert origin.module == "net.N"
    assert origin.file == __file__
    assert str(origin) == f"net.N at test_trace.py:{origin.line}"
    assert "1 * u.volt" in Path(__file__).read_text().splitlines()[origin.line - 1]


def test_a_trace_belongs_to_its_thread(trace: Trace) -> None:
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(current_trace()))
    thread.start()
    thread.join()
    assert seen == [None]
    assert tracing()


def test_an_error_in_a_step_ends_the_trace(numpy_backend: None) -> None:
    def fail(x: Any) -> Any:
        raise RuntimeError("boom")

    for run in (lambda: iso.transform.jit(fail)(1.0), lambda: iso.transform.for_loop(fail, np.ones(3))):
        with pytest.raises(RuntimeError, match="boom"):
            run()
        assert not tracing()


def test_close_captures_the_symbols_of_the_trace_around_it(trace: Trace) -> None:
    outer = trace.symbol(Aval((3,), "float32"))
    graph, captured = close(lambda x: x * outer + 2.0, [Aval((3,), "float32")])
    assert captured[0].value is outer.value
    assert len(graph.inputs) == 1 + len(captured) == 3
    assert trace.nodes == []


def test_a_symbol_of_a_finished_trace_is_refused_with_the_line_of_its_use(trace: Trace) -> None:
    inner = Trace(parent=trace)
    with inner.active():
        leaked = inner.symbol(Aval((3,), "float32"))
    inner.finished = True
    with pytest.raises(LeakedSymbolError, match=r"test_trace\.py:\d+: a step may keep values.* only in a State"):
        leaked + 1.0


def test_an_operation_on_concrete_arrays_stays_in_their_library(backend: str) -> None:
    xp = pytest.importorskip({"jax": "jax.numpy"}.get(backend, backend))
    x = xp.asarray([1.0, 4.0], dtype=xp.float32)
    result = apply(op("sqrt"), x)
    assert type(result) is type(x)
    assert iso.math.where(x > 2, x, 0.0).dtype == xp.float32
    assert iso.math.where(True, x, 0.0).dtype == xp.float32


F32, F64 = "float32", "float64"
PROMOTIONS = [
    # traced operand, host constant, working precision, result of x * c
    ("float32", 2.0, F32, "float32"),
    ("float32", 2, F32, "float32"),
    ("float32", np.float64(2), F32, "float32"),
    ("float32", 2.0, F64, "float32"),
    ("float64", 2.0, F32, "float64"),
    ("float64", np.float32(2), F32, "float64"),
    ("bool", 2.0, F32, "float32"),
    ("bool", 2.0, F64, "float64"),
    ("bool", 2, F32, "int32"),
    ("bool", np.ones(3), F32, "float32"),
    ("int32", 2, F32, "int32"),
    ("int32", 2.0, F32, "float32"),
    ("int32", np.int64(2), F32, "int32"),
    ("int32", True, F32, "int32"),
    ("uint32", 2, F32, "uint32"),
    ("uint32", np.uint8(2), F32, "uint32"),
    ("int32", np.uint32(2), F32, "uint32"),
]


@pytest.mark.parametrize(("dtype", "constant", "precision", "expected"), PROMOTIONS, ids=str)
def test_host_constants_are_weak(dtype: str, constant: Any, precision: str, expected: str, trace: Trace) -> None:
    with environ.context(precision=precision):
        x = trace.symbol(Aval((3,), dtype))
        assert (x * constant).dtype == expected
        assert (constant * x).dtype == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("bool", "float32", "float32"),
        ("int32", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("bool", "int32", "int32"),
    ],
)
def test_traced_operands_meet_in_the_later_dtype(a: str, b: str, expected: str, trace: Trace) -> None:
    x, y = trace.symbol(Aval((3,), a)), trace.symbol(Aval((), b))
    assert (x * y).dtype == (y * x).dtype == expected
    assert (x < y).dtype == "bool"
    assert (x / y).dtype == (expected if expected.startswith("float") else "float32")


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        (np.int64, "int32"),
        (np.dtype("uint8"), "uint32"),
        (np.float16, "float32"),
        (np.dtype(float), "float64"),
        (bool, "bool"),
        ("int32", "int32"),
    ],
)
def test_dtype_names_leave_only_five_dtypes(dtype: Any, name: str) -> None:
    assert dtype_name(np.dtype(dtype)) == name
    assert promote([name]) == name


def test_shapes_that_do_not_broadcast_are_named() -> None:
    assert broadcast_shapes((3, 1), (4,), ()) == (3, 4)
    with pytest.raises(iso.errors.ShapeError, match=r"\(3,\) and \(4,\)"):
        broadcast_shapes((3,), (4,))


def test_the_sign_of_a_zero_literal_is_kept(numpy_backend: None) -> None:
    signs = iso.transform.jit(lambda x: (x * 0.0, x * -0.0))(1.0)
    assert [bool(np.signbit(s)) for s in signs] == [False, True]
