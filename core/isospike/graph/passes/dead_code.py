"""Dead code: drop nodes whose results nobody uses."""

from __future__ import annotations

from isospike.graph.ir import Graph, Node
from isospike.graph.passes.rewrite import has_body, map_bodies

__all__ = ["dead_code"]


def dead_code(graph: Graph) -> Graph:
    """Return the graph without nodes that no output depends on, in sub-graphs too; inputs stay."""
    needed = set(graph.outputs)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if needed.intersection(node.outputs):
            kept.append(_without_unused_constants(map_bodies(node, dead_code)))
            needed.update(kept[-1].inputs)
    return Graph(graph.inputs, tuple(reversed(kept)), graph.outputs)


def _without_unused_constants(node: Node) -> Node:
    """Return a node without the constants that its body does not read."""
    if not has_body(node):
        return node
    body: Graph = node.attributes["body"]
    n_const: int = node.attributes["n_const"]
    used = {v for inner in body.nodes for v in inner.inputs} | set(body.outputs)
    keep = [i for i, v in enumerate(body.inputs) if i >= n_const or v in used]
    inner = Graph(tuple(body.inputs[i] for i in keep), body.nodes, body.outputs)
    attributes = {**node.attributes, "body": inner, "n_const": sum(i < n_const for i in keep)}
    # What follows belongs to the node alone: the number of steps of a loop, the vectors of a derivative.
    inputs = (*(node.inputs[i] for i in keep), *node.inputs[len(body.inputs) :])
    return Node(node.op, inputs, attributes, node.outputs, node.origin)
