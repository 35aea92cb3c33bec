"""Forward derivative of the element-wise part of a graph, taken while the step is traced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from isospike.graph.ir import Node, Value
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, raw

__all__ = ["diagonal_derivative"]


def diagonal_derivative(trace: Trace, nodes: Sequence[Node], x: Symbol, y: Symbol) -> Any:
    """Return dy_i/dx_i, through element-wise operations only.

    An operation that mixes elements (a matrix product, event propagation, a sum) counts as constant in x: its term is
    integrated explicitly. A derivative that is the same for all elements and steps comes out as a host number, which then
    folds with dt into one propagator constant.

    Parameters
    ----------
    trace : Trace
        The trace that holds the nodes.
    nodes : sequence of Node
        Nodes made between x and y, in order.
    x, y : Symbol
        Argument and result.

    Returns
    -------
    Symbol or number
        0.0 where y does not depend on x.
    """
    def primal(value: Value) -> Any:
        constant = trace.host_value(value)
        return Symbol(trace, value) if constant is None else constant

    tangents: dict[Value, Any] = {x.value: 1}
    for node in nodes:
        terms = _terms(node, tangents, primal)
        if terms:
            total = terms[0]
            for term in terms[1:]:
                total = raw.add(total, term)
            tangents[node.outputs[0]] = total
    return tangents.get(trace.lift(y), 0.0)


def _terms(node: Node, tangents: dict[Value, Any], primal: Any) -> list[Any]:
    if node.op.partials is None:
        return []
    terms = []
    for value, partial in zip(node.inputs, node.op.partials, strict=True):
        if partial is None or value not in tangents:
            continue
        slope = partial(raw, primal(node.outputs[0]), *(primal(v) for v in node.inputs))
        terms.append(_product(slope, tangents[value]))
    return terms


def _product(slope: Any, tangent: Any) -> Any:
    for factor, other in ((slope, tangent), (tangent, slope)):
        if type(factor) is int and factor == 1:
            return other
        if type(factor) is int and factor == -1:
            return -other if isinstance(other, (int, float, np.generic)) else raw.negative(other)
    return raw.multiply(slope, tangent)
