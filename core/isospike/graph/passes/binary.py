"""Which values of a graph are 0 or 1 in every element, whatever goes in: spikes, and what is made of them."""

from __future__ import annotations

import numpy as np

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.rewrite import Constants

__all__ = ["binary_values"]

_ARRANGING = {"astype", "broadcast_to", "concat", "guard", "identity", "index", "permute_dims", "reshape", "take"}
_CLOSED = {"maximum", "minimum", "multiply", "square"}


def binary_values(graph: Graph, given: frozenset[Value], constants: Constants) -> frozenset[Value]:
    """Return the values of a graph that are known to be 0 or 1.

    Parameters
    ----------
    graph : Graph
        Its nodes are looked at, not those of the graphs that they hold.
    given : set of Value
        Inputs of the graph that are known to be.
    constants : dict
        Data of inputs.
    """
    known = {*given, *(v for v in graph.inputs if v.aval.dtype == "bool")}
    known.update(v for v, x in constants.items() if np.isin(np.asarray(x), (0, 1)).all())
    ones = {v for v, x in constants.items() if np.all(np.asarray(x) == 1)}
    for node in graph.nodes:
        known.update(v for v in node.outputs if v.aval.dtype == "bool" or _is_binary(node, known, ones))
    return frozenset(known)


def _is_binary(node: Node, known: set[Value], ones: set[Value]) -> bool:
    name, inputs = node.op.name, node.inputs
    if name == "spike":
        return True
    if name == "subtract":
        return inputs[0] in ones and inputs[1] in known
    if name == "take" or name == "guard":
        return inputs[0] in known
    if name == "where":
        return inputs[1] in known and inputs[2] in known
    return name in _ARRANGING | _CLOSED and all(v in known for v in inputs)
