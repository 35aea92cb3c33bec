"""The self-test of exact numerics: whether a backend, here and now, computes what IEEE 754 arithmetic gives.

What a form needs is that no compiler contracts, reorders or approximates it. A flag, an environment variable or a new
version of a library can break that without a word; so each function is tried before it is first relied on.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from isospike import environ
from isospike.backend import FUSED, Backend
from isospike.errors import NumericsError
from isospike.graph.aval import Aval, is_floating
from isospike.graph.exact import FORMS, FUNCTIONS
from isospike.graph.exact.arithmetic import divided, larger, product, smaller
from isospike.graph.exact.sums import total
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.op import op
from isospike.graph.passes.common_subexpressions import common_subexpressions
from isospike.graph.passes.rewrite import bodies
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, evaluator, raw
from isospike.select import get_backend

__all__ = ["Function", "functions_of", "require_exact"]

# Name of a function, or "arithmetic" for all other operations; and dtype.
Function = tuple[str, str]

_lock = threading.Lock()
_passed: dict[tuple[Backend, str], frozenset[Function]] = {}


def functions_of(graph: Graph) -> frozenset[Function]:
    """Return what exact numerics of a graph, before it is rewritten, rely on."""
    found = {(v.aval.dtype, n.op.name) for n in graph.nodes for v in n.outputs if is_floating(v.aval.dtype)}
    own = {(name if name in FUNCTIONS else "arithmetic", dtype) for dtype, name in found}
    return frozenset(own).union(*(functions_of(g) for node in graph.nodes for g in bodies(node).values()))


def require_exact(backend: Backend, functions: frozenset[Function], engine: str | None = None) -> None:
    """Try functions on a backend, each once in the life of the process.

    Parameters
    ----------
    backend : Backend
    functions : frozenset of Function
    engine : str, optional
        The engine to try, that of the backend if ``None``; generated code is tried as the step of a loop.

    Raises
    ------
    NumericsError
        One of them gives other bits than NumPy does.
    """
    engine = engine or backend.engine
    with _lock:
        passed = _passed.get((backend, engine), frozenset())
        missing = functions - passed
        for dtype in sorted({d for _, d in missing}):
            _try(backend, sorted(n for n, d in missing if d == dtype), dtype, engine)
        if missing:
            _passed[backend, engine] = passed | missing


def _try(backend: Backend, names: Sequence[str], dtype: str, engine: str) -> None:
    graph, constants = _program(tuple(names), dtype)
    inputs = [*constants, *_operands(dtype)]
    expected, in_loop = _computed(graph, inputs), engine == FUSED
    if in_loop:
        graph, inputs = _stepped(graph), [*inputs, np.int32(1)]
    elif backend.engine == FUSED:  # asked for by name, it would generate code for the own engine as well
        backend = get_backend(backend.name, backend.device, engine)
    given = [backend.asarray(x, v.aval.dtype) for x, v in zip(inputs, graph.inputs, strict=True)]
    results = [backend.to_numpy(y) for y in backend.compile(graph)(given)]
    for name, got, value in zip(names, [y[0] for y in results] if in_loop else results, expected, strict=True):
        differs = np.flatnonzero(_bits(got) != _bits(value))
        if differs.size:
            raise _inexact(backend, engine, name, (got, value), int(differs[0]))


def _stepped(graph: Graph) -> Graph:
    """Return a loop of one step, which is a graph."""
    count = Value(Aval((), "int32"))
    stacks = tuple(Value(Aval((1, *v.aval.shape), v.aval.dtype)) for v in graph.outputs)
    attributes = {"body": graph, "n_const": len(graph.inputs), "n_carry": 0, "capacity": 1, "is_whole": False}
    node = Node(op("scan"), (*graph.inputs, count), {**attributes, "segments": ()}, stacks)
    return Graph((*graph.inputs, count), (node,), stacks)


def _bits(x: Any) -> Any:
    return x.view(f"u{x.itemsize}")


def _inexact(backend: Backend, engine: str, name: str, values: tuple[Any, Any], i: int) -> NumericsError:
    got, expected = values
    dtype = str(got.dtype)
    given = " and ".join(repr(float(x[i])) for x in _operands(dtype))
    return NumericsError(
        f"numerics='exact' needs IEEE arithmetic, which backend {backend.name!r} (engine {engine!r}, device "
        f"{backend.device!r}) does not keep to: its {name} of {given} in {dtype} is {float(got[i])!r}, expected "
        f"{float(expected[i])!r}. Something allows it shortcuts, as XLA_FLAGS=--xla_cpu_enable_fast_math=true does: "
        "unset it, or run with numerics='fast'"
    )


@cache
def _program(names: tuple[str, ...], dtype: str) -> tuple[Graph, list[Any]]:
    """Return a graph that computes each function of the operands, and its constants."""
    trace = Trace()
    aval = Aval(_operands(dtype)[0].shape, dtype)
    with environ.context(precision=dtype), trace.active():
        x, y = trace.symbol(aval), trace.symbol(aval)
        outputs = [trace.lift(_result(name, x, y, trace)) for name in names]
    trace.finished = True
    graph = common_subexpressions(Graph((*trace.hosts, x.value, y.value), tuple(trace.nodes), tuple(outputs)))
    return graph, [np.asarray(c, dtype=v.aval.dtype) for v, c in trace.hosts.items()]


def _result(name: str, x: Symbol, y: Symbol, trace: Trace) -> Symbol:
    if name == "arithmetic":
        return _arithmetic(x, y, trace.constant(1.7, x.dtype))
    result: Symbol = FORMS[name](x, y) if name == "pow" else FORMS[name](x)
    return result


def _arithmetic(x: Symbol, y: Symbol, number: Symbol) -> Symbol:
    """Return what invites a compiler to contract, divide by multiplying, and put constants together.

    Values that are repeated along an axis, as those of a column are, invite most to take a reciprocal.
    """
    z = raw.add(product(x, 1.1), product(x, y))
    z = raw.subtract(divided(divided(z, number), raw.add(y, 2.5)), product(y, 0.3))
    z = raw.add(z, divided(x, divided(y, raw.add(raw.add(x, 0.7), 0.1))))
    z = raw.add(z, larger(smaller(x, y), product(product(x, 0.3), 0.7)))
    rows, of_y = (raw.reshape(v, shape=(x.size // 4, 4)) for v in (z, y))
    rows = divided(rows, raw.index(of_y, index=((0, x.size // 4, 1), (0, 1, 1))))
    return raw.reshape(raw.subtract(rows, total(rows, axis=(1,), keepdims=True)), shape=z.shape)  # type: ignore[no-any-return]


@cache
def _operands(dtype: str) -> tuple[Any, Any]:
    """Return numbers between 0.1 and 5 that fill the mantissa, in an order of no meaning."""
    k = np.arange(1, 97)
    x, y = (0.1 + 4.9 * (k * step % 97) / 97 for step in (35, 61))
    return x.astype(dtype), y.astype(dtype)


def _computed(graph: Graph, inputs: Sequence[Any]) -> list[Any]:
    """Return the outputs of a graph without loops, operation by operation, by NumPy."""
    memory = dict(zip(graph.inputs, inputs, strict=True))
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            memory[node.outputs[0]] = evaluator(node.op)(np, *(memory[v] for v in node.inputs), **node.attributes)
    return [np.asarray(memory[v]) for v in graph.outputs]
