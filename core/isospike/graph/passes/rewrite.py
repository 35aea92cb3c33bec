"""Shared machinery of the passes: substitute values while walking a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from isospike.graph.ir import Graph, Node, Value

__all__ = ["Constants", "bodies", "has_body", "map_bodies", "rewrite_body", "substitute", "with_constants"]

# Host array of each constant input of a graph.
Constants = dict[Value, Any]
Walk = Callable[[Graph, Constants, Constants], Graph]


def with_constants(graph: Graph, constants: Constants, walk: Walk) -> Graph:
    """Run a rewriting that makes new constants: they become inputs of the graph and join ``constants``.

    ``walk(graph, constants, made)`` returns the rewritten graph, leaves new constants in ``made``, and hands
    nodes that have a body to `rewrite_body`.
    """
    made: Constants = {}
    rewritten = walk(graph, constants, made)
    constants.update(made)
    return Graph((*made, *rewritten.inputs), rewritten.nodes, rewritten.outputs)


def has_body(node: Node) -> bool:
    """Say whether a node runs a graph whose first inputs are constants, as loops and derivatives do."""
    return "n_const" in node.attributes


def rewrite_body(node: Node, constants: Constants, made: Constants, walk: Walk) -> Node:
    """Return a node whose body is rewritten, what the body makes being passed in as constants."""
    body: Graph = node.attributes["body"]
    n_const: int = node.attributes["n_const"]
    inside = {
        b: constants[o] for b, o in zip(body.inputs[:n_const], node.inputs[:n_const], strict=True) if o in constants
    }
    inner_made: Constants = {}
    inner = walk(body, inside, inner_made)
    outer = {v: Value(v.aval) for v in inner_made}
    made.update({outer[v]: value for v, value in inner_made.items()})
    whole = Graph((*inner_made, *inner.inputs), inner.nodes, inner.outputs)
    attributes = {**node.attributes, "n_const": n_const + len(outer), "body": whole}
    return Node(node.op, (*outer.values(), *node.inputs), attributes, node.outputs, node.origin)


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
