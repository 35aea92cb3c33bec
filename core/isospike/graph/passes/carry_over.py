"""Carrying over: what a step computes again, and the step before has computed, goes from step to step instead."""

from __future__ import annotations

from collections.abc import Mapping

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.carries import Head, carrying, copied, following, head_of, rewrite_scans
from isospike.graph.passes.common_subexpressions import common_subexpressions

__all__ = ["carry_over"]


def carry_over(graph: Graph) -> Graph:
    """Return the graph with loops that carry what they would compute twice.

    The spikes that a step sends are, as a rule, those that the step before has returned: a function of States that it
    wrote. Such values are computed before the loop for its first step, and carried from there.
    """
    return rewrite_scans(graph, _carrying)


def _carrying(loop: Node) -> list[Node]:
    body: Graph = loop.attributes["body"]
    if loop.attributes["segments"]:  # every checkpoint would keep what is added, beyond the memory that was asked for
        return [loop]
    head = head_of(loop, lambda node: node.op.evaluate is not None)
    later = _found_at_end(body, head, following(loop))
    carried = [v for v in _used_beyond(body, later) if v.aval.shape]
    return carrying(loop, head, carried, [later[v] for v in carried]) if carried else [loop]


def _found_at_end(body: Graph, head: Head, after: Mapping[Value, Value]) -> dict[Value, Value]:
    """Return the values of the head that the body computes for the step after it as well, and what they are there."""
    again, values = copied(head, list(head), after)
    merged = common_subexpressions(Graph(body.inputs, (*body.nodes, *again), (*body.outputs, *values)))
    own = {v for node in body.nodes for v in node.outputs}
    found = zip(head, merged.outputs[len(body.outputs) :], strict=True)
    return {v: later for v, later in found if later in own and later is not v}


def _used_beyond(body: Graph, found: Mapping[Value, Value]) -> list[Value]:
    """Return the values that something else reads than what makes the others."""
    read = {v for node in body.nodes if node.outputs[0] not in found for v in node.inputs} | set(body.outputs)
    return [v for v in found if v in read]
