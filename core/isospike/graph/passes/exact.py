"""Exact numerics: replace each operation by its exact form, or refuse it by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from isospike.errors import NumericsError
from isospike.graph.aval import is_floating
from isospike.graph.exact import FORMS, REFUSED, SAFE
from isospike.graph.exact.arithmetic import snapped
from isospike.graph.exact.bounds import SMALLEST, SNAPPED, Bounds
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.binary import binary_values
from isospike.graph.passes.rewrite import Constants, has_body
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, apply

__all__ = ["exact"]


def exact(graph: Graph, constants: Constants) -> Graph:
    """Return the graph in exact numerics; constants that the forms need join ``constants`` and the inputs.

    Raises
    ------
    NumericsError
        An operation has no exact form.
    """
    trace = Trace()
    known = _Known({v: constants[v] for v in graph.inputs if v in constants})
    with trace.active():
        outputs = _replay(graph, trace, known)
    trace.finished = True
    constants.update(trace.hosts)
    return Graph((*trace.hosts, *graph.inputs), tuple(trace.nodes), tuple(outputs))


@dataclass
class _Known:
    """What is known of a graph: data, smallest size and 0-or-1 of its inputs, and which outputs the next step gets."""

    constants: Constants
    exponents: dict[Value, int] = field(default_factory=dict)
    binary: frozenset[Value] = frozenset()
    carried: frozenset[Value] = frozenset()


def _replay(graph: Graph, trace: Trace, known: _Known) -> list[Value]:
    """Write the nodes of a graph into a trace, in their exact forms, and return its outputs."""
    binary = binary_values(graph, known.binary, known.constants)
    bounds = Bounds(known.exponents, known.constants)
    on_grid = {v for n in graph.nodes if n.op.name == "grid_round" for v in n.outputs}
    terms = _terms(graph)
    memory: dict[Value, Symbol] = {v: Symbol(trace, v) for v in graph.inputs}
    for node in graph.nodes:
        start = len(trace.nodes)
        operands = [memory[v] for v in node.inputs]
        if has_body(node):
            results = _body(node, operands, trace, _Known(known.constants, bounds.exponents, binary))
        else:
            _require_exact(node, binary, on_grid)
            results = [_form(node, operands, bounds, binary)]
            if not _is_lost(terms.get(node.outputs[0]), bounds):
                results = [_snapped_below(SMALLEST, results[0], node, bounds)]
            # Snapped where it is made, so that the rest of the step reads what the next step does.
            if node.outputs[0] in known.carried:
                results = [_snapped_below(SNAPPED, results[0], node, bounds)]
        # A form is the work of the line that asked for it.
        trace.nodes[start:] = [Node(n.op, n.inputs, n.attributes, n.outputs, node.origin) for n in trace.nodes[start:]]
        memory.update(zip(node.outputs, results, strict=True))
    return [trace.lift(memory[v]) for v in graph.outputs]


def _form(node: Node, operands: Sequence[Symbol], bounds: Bounds, binary: frozenset[Value]) -> Symbol:
    name, dtype = node.op.name, node.outputs[0].aval.dtype
    is_exact_product = name == "multiply" and any(v in binary for v in node.inputs)
    result: Any
    if name not in FORMS or not is_floating(dtype) or is_exact_product:
        result = apply(node.op, *operands, **node.attributes)
    else:
        result = FORMS[name](*operands, **node.attributes)
    bounds.follow(node, binary)
    return result  # type: ignore[no-any-return]


def _terms(graph: Graph) -> dict[Value, Value]:
    """Return what each value is added to, or subtracted from, that is used for nothing else."""
    uses = Counter(v for n in graph.nodes for v in n.inputs) + Counter(graph.outputs)
    sums = [n.inputs for n in graph.nodes if n.op.name in ("add", "subtract")]
    return {a: b for x, y in sums for a, b in ((x, y), (y, x)) if uses[a] == 1}


def _is_lost(partner: Value | None, bounds: Bounds) -> bool:
    """Say whether a denormal need not be snapped, as it goes into a sum with what is 0 or so large that it is lost.

    Beside 0 it is left of the sum, which is then snapped itself: it has a bound no better than that of its terms.
    """
    return partner is not None and bounds.exceeds_denormals(partner)


def _snapped_below(smallest: dict[str, int], x: Symbol, node: Node, bounds: Bounds) -> Symbol:
    """Return the result of a node, snapped if it can be smaller than that."""
    if not is_floating(x.dtype) or bounds.of(node.outputs[0]) >= smallest[x.dtype]:
        return x
    bounds.exponents[node.outputs[0]] = SNAPPED[x.dtype]
    return snapped(x)


def _body(node: Node, operands: Sequence[Symbol], trace: Trace, known: _Known) -> list[Symbol]:
    """Return the results of a node whose body is in exact numerics; what the forms need is passed in as constants."""
    body: Graph = node.attributes["body"]
    n_const: int = node.attributes["n_const"]
    inner = Trace(parent=trace)
    with inner.active():
        outputs = _replay(body, inner, _inside(node, known))
    inner.finished = True
    graph = inner.graph([*inner.captured.values(), *body.inputs], outputs)
    attributes = {**node.attributes, "body": graph, "n_const": n_const + len(inner.captured)}
    inputs = [*inner.captured, *(trace.lift(x) for x in operands)]
    return trace.emit(node.op, inputs, attributes, [v.aval for v in node.outputs])


def _inside(node: Node, known: _Known) -> _Known:
    """Return what is known of the inputs of a body: what is of its constants, and that what is carried is snapped."""
    body: Graph = node.attributes["body"]
    n_const, n_carry = node.attributes["n_const"], node.attributes.get("n_carry", 0)
    pairs = list(zip(body.inputs[:n_const], node.inputs[:n_const], strict=True))
    carried = {v: SNAPPED[v.aval.dtype] for v in body.inputs[n_const : n_const + n_carry] if is_floating(v.aval.dtype)}
    return _Known(
        {b: known.constants[o] for b, o in pairs if o in known.constants},
        {**{b: known.exponents[o] for b, o in pairs if o in known.exponents}, **carried},
        frozenset(b for b, o in pairs if o in known.binary),
        frozenset(v for v in body.outputs[:n_carry] if is_floating(v.aval.dtype)),
    )


def _require_exact(node: Node, binary: frozenset[Value], on_grid: set[Value]) -> None:
    name = node.op.name
    floating = any(is_floating(v.aval.dtype) for v in (*node.inputs, *node.outputs))
    if name == "event_matvec":
        _require_exact_events(node, binary, on_grid)
    elif floating and name not in SAFE and name not in FORMS:
        reason = REFUSED.get(name, "no exact form of it is known")
        msg = f"numerics='exact' cannot compute {name!r} ({node.origin}): {reason}. Run with numerics='fast'"
        raise NumericsError(msg)


def _require_exact_events(node: Node, binary: frozenset[Value], on_grid: set[Value]) -> None:
    if node.inputs[0] not in binary:
        msg = (
            f"numerics='exact' sends whole spikes, 0 or 1, through a sparse connection, and what goes into "
            f"{node.origin} is not known to be that. Graded values, as short-term plasticity (stp=...), a synapse "
            "before its connection and an interpolated delay make them, have no exact form there yet: run with "
            "numerics='fast', or connect densely (iso.AllToAll, iso.Linear). What you know to be whole spikes, pass as "
            "comm(iso.math.not_equal(x, 0))"
        )
        raise NumericsError(msg)
    if node.inputs[1] not in on_grid:
        msg = (
            f"numerics='exact' propagates spikes by weights on a grid, which those of {node.origin} are not: use a "
            "subclass of iso.SparseComm, or run with numerics='fast'"
        )
        raise NumericsError(msg)
