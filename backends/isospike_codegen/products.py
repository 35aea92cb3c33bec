"""Products with matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from isospike.graph.aval import broadcast_shapes
from isospike.graph.ir import Node, Value
from isospike_codegen.expressions import TYPES
from isospike_codegen.place import Array
from isospike_codegen.view import row_major

if TYPE_CHECKING:
    from isospike_codegen.body import Body

__all__ = ["event_add", "event_matvec", "matmul"]


def event_matvec(body: Body, node: Node) -> None:
    """Write the walk over the rows of the cells that spike, which adds to zeros."""
    _walk(body, node, node.inputs, body.array(node.outputs[0], node), "event_matvec")


def event_add(body: Body, node: Node) -> None:
    """Write the walk over the rows of the cells that spike, which adds to what is there."""
    target = body.places[node.inputs[0]]
    assert isinstance(target, Array)
    _walk(body, node, node.inputs[1:], target, "event_add")
    body.places[node.outputs[0]] = target


def _walk(body: Body, node: Node, operands: Sequence[Value], target: Array, function: str) -> None:
    spikes, weights, indptr, indices = operands
    kind, shape = TYPES[target.dtype], spikes.aval.shape
    n_post, n_synapses = node.attributes["n_post"], indices.aval.shape[0]
    failure = body.space.failure(
        f"event_matvec of {node.origin}: the CSR matrix is broken: an entry of indptr is outside [0, {n_synapses}] or "
        f"one of indices is outside [0, {n_post})"
    )
    name = body.names.new("connection", node.origin)
    pointers = ", ".join(body.pointer(v) for v in (indptr, indices, weights))
    is_single = "false" if weights.aval.shape else "true"
    sizes = f"{shape[-1]}, {n_post}, {n_synapses}"
    body.text.line(f"const Connection<{kind}> {name}{{{pointers}, {is_single}, {sizes}}};")
    arguments = f"team, {failure}, {name}, {math.prod(shape[:-1])}, {body.pointer(spikes)}, {target.name}"
    body.text.line(f"{function}({arguments});", node.origin)


def matmul(body: Body, node: Node) -> None:
    """Write a product of matrices: see ``include/isospike/products.h``."""
    x, y = node.inputs
    if not node.outputs[0].aval.shape:
        _dot(body, node)
        return
    target = body.array(node.outputs[0], node)
    n_inner = x.aval.shape[-1]
    n_rows = x.aval.shape[-2] if len(x.aval.shape) > 1 else 1
    n_columns = y.aval.shape[-1] if len(y.aval.shape) > 1 else 1
    batch = broadcast_shapes(x.aval.shape[:-2], y.aval.shape[:-2])
    kind, parts = TYPES[target.dtype], f"ISOSPIKE_PARTS({n_columns})"
    with body.text.block(f"ISOSPIKE_EACH(part, {math.prod(batch) * n_rows} * {parts})", node.origin):
        lines = body.text.line
        lines(f"const int32_t row = part / {parts}, column = part % {parts}, example = row / {n_rows};")
        left = f"{_example(x.aval.shape[:-2], batch, n_rows * n_inner)} + row % {n_rows} * {n_inner}"
        right = f"{_example(y.aval.shape[:-2], batch, n_inner * n_columns)} + column"
        lines(f"const {kind}* left = {body.pointer(x)} + {left};")
        lines(f"const {kind}* right = {body.pointer(y)} + {right};")
        lines(f"multiply_part(left, right, {n_inner}, {n_columns}, {target.name} + row * {n_columns} + column);")


def _dot(body: Body, node: Node) -> None:
    """Write a product of two vectors, which every thread computes for itself."""
    x, y = node.inputs
    name, kind = body.names.new("matmul", node.origin), TYPES[x.aval.dtype]
    body.text.line(f"{kind} {name} = 0;", node.origin)
    body.text.line(f"for (int32_t k = 0; k < {x.aval.shape[0]}; ++k)")
    body.text.line(f"  {name} += ({body.pointer(x)})[k] * ({body.pointer(y)})[k];")
    body.define(node.outputs[0], name)


def _example(shape: tuple[int, ...], batch: tuple[int, ...], size: int) -> str:
    """Return where the matrix of an example begins, as a term in the number ``example`` of the broadcast batch."""
    padded = (*(1,) * (len(batch) - len(shape)), *shape)
    terms = [
        f"example / {count} % {n} * {stride * size}"
        for n, count, stride in zip(padded, row_major(batch), row_major(padded), strict=True)
        if n != 1
    ]
    return " + ".join(terms) or "0"
