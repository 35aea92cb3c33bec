"""Hoisting: move what does not change from step to step out of a loop, to be computed once per call."""

from __future__ import annotations

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.rewrite import map_bodies

__all__ = ["hoist_invariants"]


def hoist_invariants(graph: Graph) -> Graph:
    """Return the graph with the loop-invariant nodes of each loop placed before it (the *prologue*).

    They depend on captured values only: States that the loop reads but does not write, parameters among them.
    Their results become further loop-invariant operands of the loop.
    """
    nodes: list[Node] = []
    for node in graph.nodes:
        inner = map_bodies(node, hoist_invariants)
        nodes.extend(_split(inner) if node.op.name in ("scan", "while_loop") else [inner])
    return Graph(graph.inputs, tuple(nodes), graph.outputs)


def _split(loop: Node) -> list[Node]:
    body: Graph = loop.attributes["body"]
    n_const: int = loop.attributes["n_const"]
    outside: dict[Value, Value] = dict(zip(body.inputs[:n_const], loop.inputs[:n_const], strict=True))
    moved: list[Node] = []
    kept: list[Node] = []
    for node in body.nodes:
        if all(v in outside for v in node.inputs):
            outputs = tuple(Value(v.aval) for v in node.outputs)
            moved.append(Node(node.op, tuple(outside[v] for v in node.inputs), node.attributes, outputs, node.origin))
            outside.update(zip(node.outputs, outputs, strict=True))
        else:
            kept.append(node)
    if not moved:
        return [loop]
    used = {v for node in kept for v in node.inputs} | set(body.outputs)
    constants = [v for v in outside if v in used]
    inner = Graph((*constants, *body.inputs[n_const:]), tuple(kept), body.outputs)
    inputs = (*(outside[v] for v in constants), *loop.inputs[n_const:])
    attributes = {**loop.attributes, "body": inner, "n_const": len(constants)}
    return [*moved, Node(loop.op, inputs, attributes, loop.outputs, loop.origin)]
