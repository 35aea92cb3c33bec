"""Writing the nodes of a graph into a trace, for many examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isospike.graph.aval import Aval
from isospike.graph.batching.call import Call, Flagged, batch_axis
from isospike.graph.batching.rules import RULES, each, elementwise
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, current_trace

__all__ = ["Body", "batched_body", "inline_batched"]


def inline_batched(
    graph: Graph, inputs: Sequence[Symbol], flags: Sequence[bool], size: int
) -> tuple[list[Symbol], list[bool]]:
    """Write a graph into the current trace for ``size`` examples.

    Parameters
    ----------
    graph : Graph
        What one example computes.
    inputs : sequence of Symbol
        Its inputs, with a first axis of examples where the flag says so.
    flags : sequence of bool
    size : int

    Returns
    -------
    outputs, flags
        The outputs, and which of them have the axis.
    """
    trace = current_trace()
    assert trace is not None
    memory: dict[Value, Flagged] = dict(zip(graph.inputs, zip(inputs, flags, strict=True), strict=True))
    for node in graph.nodes:
        start = len(trace.nodes)
        pairs = [memory[v] for v in node.inputs]
        results = _written(Call(node, [x for x, _ in pairs], [f for _, f in pairs], size), trace)
        # What a rule writes is the work of the line that asked for the node.
        trace.nodes[start:] = [Node(n.op, n.inputs, n.attributes, n.outputs, node.origin) for n in trace.nodes[start:]]
        memory.update(zip(node.outputs, results, strict=True))
    found = [memory[v] for v in graph.outputs]
    return [x for x, _ in found], [f for _, f in found]


def _written(call: Call, trace: Trace) -> Sequence[Flagged]:
    from isospike.graph.batching.bodies import BODIES  # which write graphs by this file

    node = call.node
    if node.op.name in BODIES:
        return BODIES[node.op.name](call)
    if not any(call.flags) and node.op.name != "random_bits":
        inputs = [trace.lift(x) for x in call.operands]
        return [(x, False) for x in trace.emit(node.op, inputs, node.attributes, [v.aval for v in node.outputs])]
    rule = RULES.get(node.op.name, elementwise if node.op.partials is not None else each)
    return [(rule(call), True)]


@dataclass(frozen=True)
class Body:
    """A graph over examples, to be the body of a node.

    Attributes
    ----------
    graph : Graph
        Its first inputs are what it captures.
    captured : sequence of Value
        Values of the trace around it that these stand for.
    flags : sequence of bool
        Which outputs have the axis of examples.
    """

    graph: Graph
    captured: Sequence[Value]
    flags: list[bool]


def batched_body(body: Graph, flags: Sequence[bool], size: int, forced: Sequence[bool] = ()) -> Body:
    """Return a body for many examples, whose first outputs have the axis at least where that is ``forced``."""
    inner = Trace(parent=current_trace())
    shapes = [(size, *v.aval.shape) if f else v.aval.shape for v, f in zip(body.inputs, flags, strict=True)]
    inputs = [inner.symbol(Aval(s, v.aval.dtype)) for s, v in zip(shapes, body.inputs, strict=True)]
    with inner.active():
        outputs, found = inline_batched(body, inputs, flags, size)
        wanted = [*forced, *(False for _ in found[len(forced) :])]
        both = [f or w for f, w in zip(found, wanted, strict=True)]
        values = [inner.lift(batch_axis(x, f or not w, size)) for x, f, w in zip(outputs, found, wanted, strict=True)]
    inner.finished = True
    graph = inner.graph([*inner.captured.values(), *(x.value for x in inputs)], values)
    return Body(graph, list(inner.captured), both)
