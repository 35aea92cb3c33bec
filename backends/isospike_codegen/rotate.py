"""Rotation: what a step begins with is computed where the step before ends, in the loop that makes what it reads.

The spikes that a step propagates are, as a rule, a function of the States that the step before has written. A loop
over the cells only for them goes through memory once more. So they become a carry: the first one is computed before
the time loop, the next ones at the end of each step.
"""

from __future__ import annotations

from collections.abc import Mapping

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.carries import carrying, copied, following, head_of, rewrite_scans
from isospike_codegen.expressions import is_pointwise
from isospike_codegen.prepare import REARRANGED

__all__ = ["rotate"]


def rotate(graph: Graph) -> Graph:
    """Return the graph with the beginning of each loop's step moved to the end of the step before."""
    return rewrite_scans(graph, _rotated)


def _rotated(loop: Node) -> list[Node]:
    """Return a loop that carries what its calls read, and before it the nodes that make that for the first step."""
    body: Graph = loop.attributes["body"]
    head = head_of(loop, _is_element_wise)
    carried = _read_by_calls(body, head)
    after, later = copied(head, carried, following(loop))
    return carrying(loop, head, carried, later, after) if carried else [loop]


def _is_element_wise(node: Node) -> bool:
    return is_pointwise(node) or node.op.name in REARRANGED


def _read_by_calls(body: Graph, head: Mapping[Value, Node]) -> list[Value]:
    """Return the arrays of a head that other operations than element-wise ones read, whole or in part."""
    found: dict[Value, None] = {}
    for node in body.nodes:
        for value in () if _is_element_wise(node) else node.inputs:
            origin = value
            while origin in head and head[origin].op.name in REARRANGED:
                origin = head[origin].inputs[0]
            if origin in head and origin.aval.shape:
                found[origin] = None
    return list(found)
