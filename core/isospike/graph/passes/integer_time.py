"""Integer time: compare a step's time with a constant as integers, so that no rounding of i * dt moves an event."""

from __future__ import annotations

import math

import numpy as np

from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.op import op
from isospike.graph.passes.rewrite import Constants, rewrite_scan, with_constants

__all__ = ["integer_time"]

_MIRRORED = {"less": "greater", "less_equal": "greater_equal", "greater": "less", "greater_equal": "less_equal"}
# A time within this fraction of a step of a grid point is that grid point.
_SLACK = 1e-6


def integer_time(graph: Graph, constants: Constants) -> Graph:
    """Return the graph with ``i * dt < c`` and its like replaced by ``i < k``.

    Parameters
    ----------
    graph : Graph
        A root graph; its loops are rewritten too.
    constants : dict
        Host array of each constant input. The integers ``k`` are added to it and to the graph's inputs.
    """
    return with_constants(graph, constants, _rewrite)


def _rewrite(graph: Graph, constants: Constants, made: Constants) -> Graph:
    steps: dict[Value, tuple[Value, float]] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.op.name == "scan":
            nodes.append(rewrite_scan(node, constants, made, _rewrite))
            continue
        if node.op.name == "step_time" and node.inputs[1] in constants:
            steps[node.outputs[0]] = (node.inputs[0], float(constants[node.inputs[1]]))
        elif node.op.name == "multiply":
            _follow_scale(node, steps, constants)
        nodes.append(_as_integer(node, steps, constants, made) or node)
    return Graph(graph.inputs, tuple(nodes), graph.outputs)


def _follow_scale(node: Node, steps: dict[Value, tuple[Value, float]], constants: Constants) -> None:
    for time, scale in (node.inputs, node.inputs[::-1]):
        if time in steps and scale in constants and np.ndim(constants[scale]) == 0 and constants[scale] > 0:
            step, dt = steps[time]
            steps[node.outputs[0]] = (step, dt * float(constants[scale]))


def _as_integer(
    node: Node, steps: dict[Value, tuple[Value, float]], constants: Constants, made: Constants
) -> Node | None:
    if node.op.name not in _MIRRORED:
        return None
    (left, right), name = node.inputs, node.op.name
    if right in steps:
        left, right, name = right, left, _MIRRORED[name]
    if left not in steps or right not in constants or np.ndim(constants[right]) != 0:
        return None
    step, dt = steps[left]
    bound = Value(Aval((), "int32"))
    made[bound] = np.asarray(_grid(float(constants[right]) / dt, name), dtype=np.int32)
    return Node(op(name), (step, bound), {}, node.outputs, node.origin)


def _grid(steps: float, name: str) -> int:
    """Return the k for which ``i <op> steps`` is ``i <op> k``; a time within the slack of a grid point is on it."""
    limit = 2**31 - 1
    if math.isnan(steps) or abs(steps) > limit:
        return limit if not steps < 0 else -limit
    slack = _SLACK * max(1.0, abs(steps) * 1e-6)
    return math.ceil(steps - slack) if name in ("less", "greater_equal") else math.floor(steps + slack)
