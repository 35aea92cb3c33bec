"""Exact numerics: replace each operation by its exact form, or refuse it by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from isospike.errors import NumericsError
from isospike.graph.aval import is_floating
from isospike.graph.exact import FORMS, REFUSED, SAFE
from isospike.graph.exact.arithmetic import snapped
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.binary import binary_values
from isospike.graph.passes.rewrite import Constants, has_body
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, apply

__all__ = ["exact"]

# Their results can lie between 0 and what all backends hold, even where their operands do not.
_SHRINKING = {"divide", "exp", "exprel", "matmul", "multiply", "square"}
# A coefficient of this size leaves the product of it and a snapped number well above the denormals.
_LARGE_ENOUGH = 2.0**-16


def exact(graph: Graph, constants: Constants) -> Graph:
    """Return the graph in exact numerics; constants that the forms need join ``constants`` and the inputs.

    Raises
    ------
    NumericsError
        An operation has no exact form.
    """
    trace = Trace()
    coefficients = {v: constants[v] for v in graph.inputs if v in constants}
    with trace.active():
        outputs = _replay(graph, trace, coefficients, frozenset())
    trace.finished = True
    constants.update(trace.hosts)
    return Graph((*trace.hosts, *graph.inputs), tuple(trace.nodes), tuple(outputs))


def _replay(graph: Graph, trace: Trace, coefficients: Constants, binary: frozenset[Value]) -> list[Value]:
    """Write the nodes of a graph into a trace, in their exact forms, and return its outputs."""
    known = binary_values(graph, binary)
    on_grid = {v for n in graph.nodes if n.op.name == "grid_round" for v in n.outputs}
    memory: dict[Value, Symbol] = {v: Symbol(trace, v) for v in graph.inputs}
    for node in graph.nodes:
        start = len(trace.nodes)
        operands = [memory[v] for v in node.inputs]
        if has_body(node):
            results = _body(node, operands, trace, coefficients, known)
        else:
            _require_exact(node, known, on_grid)
            results = [_form(node, operands, coefficients)]
        # A form is the work of the line that asked for it.
        trace.nodes[start:] = [Node(n.op, n.inputs, n.attributes, n.outputs, node.origin) for n in trace.nodes[start:]]
        memory.update(zip(node.outputs, results, strict=True))
    return [trace.lift(memory[v]) for v in graph.outputs]


def _form(node: Node, operands: Sequence[Symbol], coefficients: Constants) -> Symbol:
    name = node.op.name
    result: Any
    if name not in FORMS or not is_floating(node.outputs[0].aval.dtype):
        result = apply(node.op, *operands, **node.attributes)
    else:
        result = FORMS[name](*operands, **node.attributes)
        if name in _SHRINKING and not _is_harmless(node, coefficients):
            result = snapped(result)
    return result  # type: ignore[no-any-return]


def _body(
    node: Node, operands: Sequence[Symbol], trace: Trace, coefficients: Constants, known: frozenset[Value]
) -> list[Symbol]:
    """Return the results of a node whose body is in exact numerics; what the forms need is passed in as constants."""
    body: Graph = node.attributes["body"]
    n_const: int = node.attributes["n_const"]
    pairs = list(zip(body.inputs[:n_const], node.inputs[:n_const], strict=True))
    inner = Trace(parent=trace)
    with inner.active():
        inside = {b: coefficients[o] for b, o in pairs if o in coefficients}
        outputs = _replay(body, inner, inside, frozenset(b for b, o in pairs if o in known))
        outputs = _carry_snapped(node, inner, outputs)
    inner.finished = True
    graph = inner.graph([*inner.captured.values(), *body.inputs], outputs)
    attributes = {**node.attributes, "body": graph, "n_const": n_const + len(inner.captured)}
    inputs = [*inner.captured, *(trace.lift(x) for x in operands)]
    return trace.emit(node.op, inputs, attributes, [v.aval for v in node.outputs])


def _carry_snapped(node: Node, trace: Trace, outputs: list[Value]) -> list[Value]:
    """Let what goes from step to step of a loop be 0 where it is too small: it would shrink on, product by product."""
    n_carry = node.attributes.get("n_carry", 0)
    carried = [trace.lift(snapped(Symbol(trace, v))) if is_floating(v.aval.dtype) else v for v in outputs[:n_carry]]
    return [*carried, *outputs[n_carry:]]


def _is_harmless(node: Node, coefficients: Constants) -> bool:
    """Say whether a product is one with a coefficient that is not small."""
    if node.op.name != "multiply":
        return False
    values = [np.abs(np.asarray(coefficients[v], dtype=np.float64)) for v in node.inputs if v in coefficients]
    return any(bool(np.all((x == 0) | (x >= _LARGE_ENOUGH))) for x in values)


def _require_exact(node: Node, known: frozenset[Value], on_grid: set[Value]) -> None:
    name = node.op.name
    floating = any(is_floating(v.aval.dtype) for v in (*node.inputs, *node.outputs))
    if name == "event_matvec":
        _require_exact_events(node, known, on_grid)
    elif floating and name not in SAFE and name not in FORMS:
        reason = REFUSED.get(name, "no exact form of it is known")
        msg = f"numerics='exact' cannot compute {name!r} ({node.origin}): {reason}. Run with numerics='fast'"
        raise NumericsError(msg)


def _require_exact_events(node: Node, known: frozenset[Value], on_grid: set[Value]) -> None:
    if node.inputs[0] not in known:
        msg = (
            f"numerics='exact' propagates spikes that are 0 or 1, which those of {node.origin} are not known to be: "
            "write comm(iso.math.not_equal(x, 0)), or run with numerics='fast'"
        )
        raise NumericsError(msg)
    if node.inputs[1] not in on_grid:
        msg = (
            f"numerics='exact' propagates spikes by weights on a grid, which those of {node.origin} are not: use a "
            "subclass of iso.SparseComm, or run with numerics='fast'"
        )
        raise NumericsError(msg)
