"""Rotation: what a step begins with is computed where the step before ends, in the loop that makes what it reads.

The spikes that a step propagates are, as a rule, a function of the States that the step before has written. A loop
over the cells only for them goes through memory once more. So they become a carry: the first one is computed before
the time loop, the next ones at the end of each step.
"""

from __future__ import annotations

from collections.abc import Mapping

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.carries import carrying, copied, following
from isospike.graph.passes.rewrite import map_bodies
from isospike_codegen.expressions import is_pointwise
from isospike_codegen.prepare import REARRANGED

__all__ = ["rotate"]


def rotate(graph: Graph) -> Graph:
    """Return the graph with the beginning of each loop's step moved to the end of the step before."""
    nodes: list[Node] = []
    for node in graph.nodes:
        inner = map_bodies(node, rotate)
        nodes += _rotated(inner) if inner.op.name == "scan" else [inner]
    return Graph(graph.inputs, tuple(nodes), graph.outputs)


def _rotated(loop: Node) -> list[Node]:
    """Return a loop that carries what its calls read, and before it the nodes that make that for the first step."""
    body: Graph = loop.attributes["body"]
    head = _head(body, loop.attributes["n_const"] + loop.attributes["n_carry"])
    carried = _read_by_calls(body, head)
    after, later = copied(head, carried, following(loop))
    return carrying(loop, head, carried, later, after) if carried else [loop]


def _head(body: Graph, end: int) -> dict[Value, Node]:
    """Return the element-wise nodes that read nothing but constants and the carry, by what they make."""
    known = set(body.inputs[:end])
    head: dict[Value, Node] = {}
    for node in body.nodes:
        if (is_pointwise(node) or node.op.name in REARRANGED) and known.issuperset(node.inputs):
            head[node.outputs[0]] = node
            known.add(node.outputs[0])
    return head


def _read_by_calls(body: Graph, head: Mapping[Value, Node]) -> list[Value]:
    """Return the arrays of a head that other operations than element-wise ones read, whole or in part."""
    found: dict[Value, None] = {}
    for node in body.nodes:
        for value in () if is_pointwise(node) or node.op.name in REARRANGED else node.inputs:
            origin = value
            while origin in head and head[origin].op.name in REARRANGED:
                origin = head[origin].inputs[0]
            if origin in head and origin.aval.shape:
                found[origin] = None
    return list(found)
