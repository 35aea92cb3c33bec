"""Integer time: compare a step's time with a constant as integers, so that no rounding of i * dt moves an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.op import op
from isospike.graph.passes.rewrite import Constants, has_body, rewrite_body, with_constants

__all__ = ["integer_time"]

_MIRRORED = {"less": "greater", "less_equal": "greater_equal", "greater": "less", "greater_equal": "less_equal"}
# A time within this fraction of a step of a grid point is that grid point.
_SLACK = 1e-6
_LIMIT = 2**31 - 1


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


@dataclass(frozen=True)
class _Time:
    """A value that is dt * step + offset, all but the step known on the host."""

    step: Value
    dt: float
    offset: Any = 0.0


def _rewrite(graph: Graph, constants: Constants, made: Constants) -> Graph:
    times: dict[Value, _Time] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if has_body(node):
            nodes.append(rewrite_body(node, constants, made, _rewrite))
            continue
        if (time := _time(node, times, constants)) is not None:
            times[node.outputs[0]] = time
        nodes.append(_as_integer(node, times, constants, made) or node)
    return Graph(graph.inputs, tuple(nodes), graph.outputs)


def _time(node: Node, times: dict[Value, _Time], constants: Constants) -> _Time | None:
    """Return what a node computes as a time: a step's time, scaled by a positive number or shifted."""
    if node.op.name == "step_time":
        dt = constants.get(node.inputs[1])
        return None if dt is None else _Time(node.inputs[0], float(dt))
    if len(node.inputs) != 2 or node.op.name not in ("multiply", "add", "subtract"):
        return None
    first, second = node.inputs if node.op.name == "subtract" or node.inputs[0] in times else node.inputs[::-1]
    if first not in times or second not in constants:
        return None
    time, value = times[first], np.asarray(constants[second], dtype=np.float64)
    if node.op.name == "multiply":
        scaled = value.ndim == 0 and value > 0
        return _Time(time.step, time.dt * float(value), time.offset * float(value)) if scaled else None
    return _Time(time.step, time.dt, time.offset + (value if node.op.name == "add" else -value))


def _as_integer(node: Node, times: dict[Value, _Time], constants: Constants, made: Constants) -> Node | None:
    if node.op.name not in _MIRRORED:
        return None
    (left, right), name = node.inputs, node.op.name
    if right in times:
        left, right, name = right, left, _MIRRORED[name]
    if left not in times or right not in constants:
        return None
    time = times[left]
    steps = (np.asarray(constants[right], dtype=np.float64) - time.offset) / time.dt
    if np.isnan(steps).any():
        return None  # a comparison with NaN is false, which no integer says
    bound = Value(Aval(steps.shape, "int32"))
    made[bound] = _grid(steps, name)
    return Node(op(name), (time.step, bound), {}, node.outputs, node.origin)


def _grid(steps: np.ndarray, name: str) -> np.ndarray:
    """Return the k for which ``i <op> steps`` is ``i <op> k``; a time within the slack of a grid point is on it."""
    slack = _SLACK * np.maximum(1.0, abs(steps) * 1e-6)
    grid = np.ceil(steps - slack) if name in ("less", "greater_equal") else np.floor(steps + slack)
    bounded: np.ndarray = np.clip(grid, -_LIMIT, _LIMIT).astype(np.int32)
    return bounded
