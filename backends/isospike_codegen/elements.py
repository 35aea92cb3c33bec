"""Element-wise operations whose operands are read in a way of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from isospike.graph.ir import Node
from isospike_codegen.expressions import expression
from isospike_codegen.loops import Loop, Strides
from isospike_codegen.place import Scalar

if TYPE_CHECKING:
    from isospike_codegen.body import Body

__all__ = ["element", "strides_read"]


def element(body: Body, node: Node, loop: Loop | None) -> str:
    """Return what a node computes at the element that a loop is at, or at all where its result is a scalar."""
    if node.op.name in _GATHERING:
        return _GATHERING[node.op.name](body, node, loop)
    return expression(node, [body.read(v, loop) for v in node.inputs])


def strides_read(body: Body, node: Node, shape: tuple[int, ...]) -> list[Strides]:
    """Return how the operands of a node lie along the axes of a loop."""
    if node.op.name == "take":
        return list(_take_strides(body, node))
    read = node.inputs[1:] if node.op.name == "inverse_tail" else () if node.op.name == "random_bits" else node.inputs
    return [body.view(v).broadcast(shape).strides for v in read]


def _take_strides(body: Body, node: Node) -> tuple[Strides, Strides]:
    """Return the strides of the array that is taken from, and those of the positions."""
    axis: int = node.attributes["axis"]
    array, positions = (body.view(v) for v in node.inputs)
    n_after = len(array.shape) - axis - 1
    taken = (*array.strides[:axis], *(0,) * len(positions.shape), *array.strides[axis + 1 :])
    return taken, (*(0,) * axis, *positions.strides, *(0,) * n_after)


def _take(body: Body, node: Node, loop: Loop | None) -> str:
    axis: int = node.attributes["axis"]
    array = body.view(node.inputs[0])
    taken, positions = _take_strides(body, node)
    at = loop.place(taken, array.offset) if loop else str(array.offset)
    position = f"position({body.read_at(node.inputs[1], positions, loop)}, {array.shape[axis]}, outside)"
    place = body.places[array.base]
    if isinstance(place, Scalar):  # a single number, in another shape
        return f"({position}, {place.name})"
    return place.element(f"{at} + {position} * {array.strides[axis]}")


def _random_bits(body: Body, node: Node, loop: Loop | None) -> str:
    return f"{philox(body, node, loop)}.word[0]"


def philox(body: Body, node: Node, loop: Loop | None) -> str:
    """Return the call that makes the words of an element."""
    key, step = node.inputs
    shape: tuple[int, ...] = node.attributes["shape"]
    cell = loop.place((*(0,) * (len(shape) - 1), 1)) if loop else "0"
    rows = [1] * len(shape)
    for axis in reversed(range(len(shape) - 2)):
        rows[axis] = rows[axis + 1] * shape[axis + 1]
    example = loop.place((*rows[:-1], 0)) if loop else "0"
    view = body.view(key)
    words = [f"{body.places[view.base].name}[{view.offset + k * view.strides[0]}]" for k in range(2)]
    draw: int = node.attributes["draw"]
    return f"philox({cell}, {example}, uint32_t({body.read(step)}), {draw}u, {', '.join(words)})"


def _inverse_tail(body: Body, node: Node, loop: Loop | None) -> str:
    table, *words = node.inputs
    operands = [body.pointer(table), str(table.aval.shape[1]), *(body.read(v, loop) for v in words)]
    return f"inverse_tail({', '.join(operands)})"


_GATHERING: dict[str, Callable[[Body, Node, Loop | None], str]] = {
    "inverse_tail": _inverse_tail,
    "random_bits": _random_bits,
    "take": _take,
}
