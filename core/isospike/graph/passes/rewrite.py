"""Shared machinery of the passes: substitute values while walking a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from isospike.graph.ir import Graph, Node, Value

__all__ = ["bodies", "map_bodies", "substitute"]


def substitute(node: Node, replaced: Mapping[Value, Value]) -> Node:
    """Return the node with replaced inputs, or itself where none is."""
    if not any(v in replaced for v in node.inputs):
        return node
    return node.with_inputs(tuple(replaced.get(v, v) for v in node.inputs))


def bodies(node: Node) -> dict[str, Graph]:
    """Return the sub-graphs that a node holds, by attribute."""
    return {k: v for k, v in node.attributes.items() if isinstance(v, Graph)}


def map_bodies(node: Node, function: Callable[[Graph], Graph]) -> Node:
    """Return the node with ``function`` applied to its sub-graphs."""
    held = bodies(node)
    if not held:
        return node
    attributes = {**node.attributes, **{k: function(g) for k, g in held.items()}}
    return Node(node.op, node.inputs, attributes, node.outputs, node.origin)
