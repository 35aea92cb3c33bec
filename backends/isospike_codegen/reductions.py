"""Reductions over axes, each result by one thread in a fixed order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isospike.graph.aval import is_floating
from isospike.graph.ir import Node
from isospike_codegen.expressions import TYPES
from isospike_codegen.loops import Loop, loop_over
from isospike_codegen.place import Scalar
from isospike_codegen.view import View

if TYPE_CHECKING:
    from isospike_codegen.body import Body

__all__ = ["reduce", "start", "update"]

# How a loop takes in an element, and what it starts with: nothing is the first element.
_REDUCTIONS = {
    "all": ("{0} = {0} & ({1} != 0);", "true"),
    "any": ("{0} = {0} | ({1} != 0);", "false"),
    "max": ("{0} = maximum({0}, {1});", ""),
    "min": ("{0} = minimum({0}, {1});", ""),
    "sum": ("{0} = add({0}, {1});", "0"),
}


def start(node: Node) -> str:
    """Return what a reduction starts with, or nothing where that is the first element."""
    return _REDUCTIONS[node.op.name][1]


def update(node: Node, total: str, element: str) -> str:
    """Return the line by which a reduction takes in an element."""
    operand, dtype = node.inputs[0].aval.dtype, node.outputs[0].aval.dtype
    if node.op.name == "sum" and is_floating(dtype):
        return f"{total} += {element};"
    if node.op.name == "sum" and operand == "bool":
        element = f"{element} ? {TYPES[dtype]}(1) : {TYPES[dtype]}(0)"
    return _REDUCTIONS[node.op.name][0].format(total, element)


def reduce(body: Body, node: Node) -> None:
    """Write a sum, an extreme, or whether any or all are true, over axes."""
    (operand,), (value,) = node.inputs, node.outputs
    view, axes = body.view(operand), node.attributes["axis"]
    kept = tuple(a for a in range(len(view.shape)) if a not in axes)
    shape = tuple(view.shape[a] for a in kept)
    if not value.aval.shape:
        # A scalar, which every thread computes for itself.
        total = _over(body, node, view, axes, None, ())
        name = body.names.new(node.op.name, node.origin)
        body.text.line(f"const {TYPES[value.aval.dtype]} {name} = {total};", node.origin)
        body.define(value, name)
        return
    target, outer = body.array(value, node), tuple(view.strides[a] for a in kept)
    with loop_over(body.text, shape, [outer]) as loop:
        total = _over(body, node, view, axes, loop, outer)
        body.text.line(f"{target.name}[{loop.element}] = {total};", node.origin)


def _over(
    body: Body, node: Node, view: View, axes: tuple[int, ...], outer: Loop | None, strides: tuple[int, ...]
) -> str:
    """Write the loops over the axes, and return the name of what they sum up in."""
    name, dtype = body.names.new("total"), node.outputs[0].aval.dtype
    # A sum of float32 is made in float64, whose rounding does not show.
    kind = "double" if node.op.name == "sum" and is_floating(dtype) else TYPES[dtype]
    first = outer.place(strides, view.offset) if outer else str(view.offset)
    body.text.line(f"{kind} {name} = {start(node) or _element(body, view, first)};")
    variables = [f"r{a}" for a in axes]
    for variable, axis in zip(variables, axes, strict=True):
        body.text.line(f"for (int32_t {variable} = 0; {variable} < {view.shape[axis]}; ++{variable})")
    at = " + ".join([first, *(f"{v} * {view.strides[a]}" for v, a in zip(variables, axes, strict=True))])
    body.text.line(f"  {update(node, name, _element(body, view, at))}")
    return name


def _element(body: Body, view: View, at: str) -> str:
    place = body.places[view.base]
    return place.name if isinstance(place, Scalar) else place.element(at)
