"""Merge factors: a chain of products and quotients with constants becomes one product.

``R * I * 1e-3 / tau * dt`` costs one multiplication per step in place of four; the factor is computed on the
host in float64 and rounded once, the same for every backend.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from isospike.graph.aval import Aval, is_floating
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.op import op
from isospike.graph.passes.rewrite import Constants, has_body, rewrite_body, with_constants

__all__ = ["merge_factors"]

# A value as factor * base, with the number of nodes that this took.
Scaled = tuple[Value, Any, int]


def merge_factors(graph: Graph, constants: Constants) -> Graph:
    """Return the graph with chains of constant factors merged; new constants join ``constants`` and the inputs.

    Only values that are used once are merged into their consumer, so that nothing is computed twice.
    """
    return with_constants(graph, constants, _rewrite)


def _rewrite(graph: Graph, constants: Constants, made: Constants) -> Graph:
    uses = Counter(v for node in graph.nodes for v in node.inputs) + Counter(graph.outputs)
    scaled: dict[Value, Scaled] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if has_body(node):
            nodes.append(rewrite_body(node, constants, made, _rewrite))
            continue
        found = _scaled(node, constants, scaled, uses)
        if found is None:
            nodes.append(node)
            continue
        base, factor, length = scaled[node.outputs[0]] = found
        nodes.append(node if length == 1 and node.op.name != "divide" else _product(node, base, factor, made))
    return Graph(graph.inputs, tuple(nodes), graph.outputs)


def _scaled(node: Node, constants: Constants, scaled: dict[Value, Scaled], uses: Counter[Value]) -> Scaled | None:
    """Return a node as factor * base: a product or quotient with a constant scalar, or a negation."""
    out = node.outputs[0]
    split = _factor(node, constants)
    if split is None or not is_floating(out.aval.dtype):
        return None
    base, factor = split
    if base.aval != out.aval:
        return None
    if base in scaled and uses[base] == 1:
        inner, inner_factor, length = scaled[base]
        if _is_normal(inner_factor * factor, out.aval.dtype):
            return inner, inner_factor * factor, length + 1
    return (base, factor, 1) if _is_normal(factor, out.aval.dtype) else None


def _factor(node: Node, constants: Constants) -> tuple[Value, Any] | None:
    if node.op.name == "negative":
        return node.inputs[0], np.float64(-1.0)
    if node.op.name not in ("multiply", "divide"):
        return None
    x, y = node.inputs
    if y in constants and _is_scalar(constants[y]):
        factor = np.float64(constants[y])
        with np.errstate(all="ignore"):
            return x, factor if node.op.name == "multiply" else np.float64(1.0) / factor
    if node.op.name == "multiply" and x in constants and _is_scalar(constants[x]):
        return y, np.float64(constants[x])
    return None


def _is_normal(factor: Any, dtype: str) -> bool:
    """Say whether the precision holds a factor with all its bits: others would make zeros and infinities."""
    limits = np.finfo(dtype)
    return bool(limits.tiny <= abs(factor) <= limits.max)


def _product(node: Node, base: Value, factor: Any, made: Constants) -> Node:
    """Return a product with one constant for equal factors: products of equal values are then one node."""
    bits = factor.tobytes()  # 0 and -0 are two factors
    same = (v for v, held in made.items() if v.aval.dtype == base.aval.dtype and held.tobytes() == bits)
    constant = next(same, None) or Value(Aval((), base.aval.dtype))
    made[constant] = factor
    return Node(op("multiply"), (base, constant), {}, node.outputs, node.origin)


def _is_scalar(value: Any) -> bool:
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "fiu"
