"""Reductions over axes, each result by one thread in a fixed order, or of parts whose number depends on the size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from isospike.graph.aval import Aval, is_floating
from isospike.graph.ir import Node
from isospike_codegen.expressions import TYPES
from isospike_codegen.loops import Loop, loop_over
from isospike_codegen.place import Scalar
from isospike_codegen.view import View

if TYPE_CHECKING:
    from isospike_codegen.body import Body

__all__ = ["reduce", "start", "update"]

# Elements of a scalar's operand, from which on threads share them: those of a GPU are slow one by one.
_MANY = 256
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
        is_shared = view.is_contiguous and math.prod(view.shape) >= _MANY
        total = _of_parts(body, node, view) if is_shared else _over(body, node, view, axes, None, ())
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
    name, kind = body.names.new("total"), TYPES[_precision(node)]
    first = outer.place(strides, view.offset) if outer else str(view.offset)
    body.text.line(f"{kind} {name} = {start(node) or _element(body, view, first)};")
    variables = [f"r{a}" for a in axes]
    for variable, axis in zip(variables, axes, strict=True):
        body.text.line(f"for (int32_t {variable} = 0; {variable} < {view.shape[axis]}; ++{variable})")
    at = " + ".join([first, *(f"{v} * {view.strides[a]}" for v, a in zip(variables, axes, strict=True))])
    body.text.line(f"  {update(node, name, _element(body, view, at))}")
    return name


def _of_parts(body: Body, node: Node, view: View) -> str:
    """Write a loop over parts, about as many as each has elements, and one over their totals; return its name."""
    n, name, dtype = math.prod(view.shape), body.names.new("total"), _precision(node)
    size = math.isqrt(n - 1) + 1
    n_parts = math.ceil(n / size)
    parts = body.space.array(body.names.new("parts"), Aval((n_parts,), dtype))
    line, kind = body.text.line, TYPES[dtype]
    with body.text.block(f"ISOSPIKE_EACH(part, {n_parts})", node.origin):
        line(f"const int32_t first = part * {size}, end = minimum(first + {size}, {n});")
        line(f"{kind} total = {start(node) or _element(body, view, f'{view.offset} + first')};")
        line("for (int32_t r = first; r < end; ++r)")
        line(f"  {update(node, 'total', _element(body, view, f'{view.offset} + r'))}")
        line(f"{parts.name}[part] = total;")
    line("team.sync();")
    line(f"{kind} {name} = {start(node) or parts.element(0)};")
    line(f"for (int32_t part = 0; part < {n_parts}; ++part)")
    line(f"  {update(node, name, parts.element('part'))}")
    return name


def _precision(node: Node) -> str:
    """Return the dtype of a total: a sum of float32 is made in float64, whose rounding does not show."""
    dtype = node.outputs[0].aval.dtype
    return "float64" if node.op.name == "sum" and is_floating(dtype) else dtype


def _element(body: Body, view: View, at: str) -> str:
    place = body.places[view.base]
    return place.name if isinstance(place, Scalar) else place.element(at)
