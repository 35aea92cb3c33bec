"""Dead code: drop nodes whose results nobody uses."""

from __future__ import annotations

from isospike.graph.ir import Graph, Node
from isospike.graph.passes.rewrite import map_bodies

__all__ = ["dead_code"]


def dead_code(graph: Graph) -> Graph:
    """Return the graph without nodes that no output depends on, in sub-graphs too; inputs stay."""
    needed = set(graph.outputs)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if needed.intersection(node.outputs):
            needed.update(node.inputs)
            kept.append(map_bodies(node, dead_code))
    return Graph(graph.inputs, tuple(reversed(kept)), graph.outputs)
