"""Common subexpressions: compute equal nodes once, and drop identities."""

from __future__ import annotations

from typing import Any

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.rewrite import bodies, map_bodies, substitute

__all__ = ["common_subexpressions"]


def common_subexpressions(graph: Graph) -> Graph:
    """Return the graph with each distinct (operation, inputs, attributes) computed once.

    Every operation is pure, a random draw included (its counter is an operand), so that equal nodes have
    equal results.
    """
    seen: dict[Any, Node] = {}
    replaced: dict[Value, Value] = {}
    nodes: list[Node] = []
    for original in graph.nodes:
        node = map_bodies(substitute(original, replaced), common_subexpressions)
        if node.op.name == "identity":
            replaced[node.outputs[0]] = node.inputs[0]
            continue
        key = _key(node)
        if key is not None and key in seen:
            replaced.update(zip(node.outputs, seen[key].outputs, strict=True))
            continue
        if key is not None:
            seen[key] = node
        nodes.append(node)
    return Graph(graph.inputs, tuple(nodes), tuple(replaced.get(v, v) for v in graph.outputs))


def _key(node: Node) -> Any:
    if node.op.name == "scan":
        return None
    attributes = {**node.attributes, **{k: g.signature for k, g in bodies(node).items()}}
    return (node.op, node.inputs, tuple(sorted(attributes.items())))
