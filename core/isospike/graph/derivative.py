"""Forward derivative of the element-wise part of a graph, taken while the step is traced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isospike.graph.aval import is_floating
from isospike.graph.ir import Node, Value
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, apply, raw

__all__ = ["Slope", "constant_term", "diagonal_derivative"]


@dataclass(frozen=True)
class Slope:
    """The derivative of y with respect to x.

    ``value`` is a symbol, or a host number where it is the same for all elements and steps. ``complete`` says
    that y depends on x through differentiable element-wise operations only; with a host ``value``, y is then
    affine in x.
    """

    value: Any
    complete: bool

    @property
    def affine(self) -> bool:
        """Whether y = value * x + (y at x = 0), exactly."""
        return self.complete and not isinstance(self.value, Symbol)


def diagonal_derivative(trace: Trace, nodes: Sequence[Node], x: Symbol, y: Symbol) -> Slope:
    """Return dy_i/dx_i, through element-wise operations only.

    An operation that mixes elements (a matrix product, event propagation, a sum) counts as constant in x: its
    term is integrated explicitly. A derivative that does not depend on data comes out as a host number, which
    then folds with dt into one propagator constant.

    Parameters
    ----------
    trace : Trace
        The trace that holds the nodes.
    nodes : sequence of Node
        Nodes made between x and y, in order.
    x, y : Symbol
        Argument and result; the value is 0.0 where y does not depend on x.
    """
    tangents: dict[Value, Any] = {x.value: 1}
    dependent = {x.value}
    complete = True
    for node in nodes:
        reached = dependent.intersection(node.inputs)
        if not reached:
            continue
        dependent.update(node.outputs)
        complete = complete and reached <= tangents.keys() and _differentiable(node, reached)
        terms = _terms(node, tangents, trace)
        if terms:
            total = terms[0]
            for term in terms[1:]:
                total = raw.add(total, term)
            tangents[node.outputs[0]] = total
    return Slope(tangents.get(trace.lift(y), 0.0), complete)


def constant_term(trace: Trace, nodes: Sequence[Node], x: Symbol, y: Symbol) -> Any:
    """Return y at x = 0, by replaying the nodes that depend on x; a host number where nothing else enters."""
    known: dict[Value, Any] = {x.value: 0.0}
    for node in nodes:
        if any(v in known for v in node.inputs):
            operands = [known[v] if v in known else _primal(trace, v) for v in node.inputs]
            known[node.outputs[0]] = apply(node.op, *operands, **node.attributes)
    return known.get(trace.lift(y), y)


def _primal(trace: Trace, value: Value) -> Any:
    constant = trace.host_value(value)
    return Symbol(trace, value) if constant is None else constant


def _differentiable(node: Node, reached: set[Value]) -> bool:
    if node.op.is_piecewise:
        return False
    return all(p is not None for v, p in zip(node.inputs, _partials(node), strict=True) if v in reached)


def _partials(node: Node) -> Sequence[Any]:
    """Return the partials of a node; none where its result is not floating, since a cast to integers jumps."""
    if node.op.partials is None or not is_floating(node.outputs[0].aval.dtype):
        return (None,) * len(node.inputs)
    return node.op.partials


def _terms(node: Node, tangents: dict[Value, Any], trace: Trace) -> list[Any]:
    terms = []
    for value, partial in zip(node.inputs, _partials(node), strict=True):
        if partial is None or value not in tangents:
            continue
        slope = partial(raw, _primal(trace, node.outputs[0]), *(_primal(trace, v) for v in node.inputs))
        terms.append(_product(slope, tangents[value]))
    return terms


def _product(slope: Any, tangent: Any) -> Any:
    for factor, other in ((slope, tangent), (tangent, slope)):
        if type(factor) is int and factor == 1:
            return other
        if type(factor) is int and factor == -1:
            return raw.negative(other)
    return raw.multiply(slope, tangent)
