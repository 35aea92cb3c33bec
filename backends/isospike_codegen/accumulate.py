"""Accumulation: events are added where they arrive, one by one, in place of a sum that is added afterwards.

An array for the sums, its zeros and its way through the cache are saved, which is half of the time of a network of
leaky cells. The order of additions is another one: it is for fast numerics only.
"""

from __future__ import annotations

from collections import Counter

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.op import Op, unchanged
from isospike.graph.passes import dead_code
from isospike.graph.passes.rewrite import map_bodies

__all__ = ["accumulate"]

# Operands are an array, and those of event_matvec.
_EVENT_ADD = Op("event_add", lambda x, *event, n_post: x, None, unchanged)


def accumulate(graph: Graph) -> Graph:
    """Return the graph with ``x + event_matvec(...)`` as one node, where nothing else reads the events."""
    uses = Counter(v for node in graph.nodes for v in node.inputs) + Counter(graph.outputs)
    events = {n.outputs[0]: n for n in graph.nodes if n.op.name == "event_matvec" and uses[n.outputs[0]] == 1}
    nodes = [_added(map_bodies(n, accumulate), events) for n in graph.nodes]
    return dead_code(Graph(graph.inputs, tuple(nodes), graph.outputs))


def _added(node: Node, events: dict[Value, Node]) -> Node:
    if node.op.name != "add":
        return node
    x, y = node.inputs if node.inputs[1] in events else node.inputs[::-1]
    if y not in events or x.aval != y.aval:
        return node
    return Node(_EVENT_ADD, (x, *events[y].inputs), events[y].attributes, node.outputs, events[y].origin)
