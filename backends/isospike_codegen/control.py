"""Loops and branches, whose bodies are graphs of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from isospike.graph.ir import Graph, Node, Value
from isospike_codegen.carry import begin, copy
from isospike_codegen.expressions import TYPES
from isospike_codegen.place import Array, Place, Scalar, stored

if TYPE_CHECKING:
    from isospike_codegen.body import Body

__all__ = ["scan", "when", "while_loop"]


def constants(body: Body, values: Sequence[Value]) -> list[Place]:
    """Return where values are that a body reads: arrays where they lie, scalars in variables."""
    places: list[Place] = []
    for value in values:
        view = body.view(value)
        if value.aval.shape:
            pointer = body.pointer(value)
            places.append(Array(f"({pointer})" if " " in pointer else pointer, value.aval.dtype))
        elif isinstance(found := body.places[view.base], Scalar):
            places.append(found)
        else:
            name = body.names.new("element")
            body.text.line(f"const {TYPES[value.aval.dtype]} {name} = {body.read(value)};")
            places.append(Scalar(name, value.aval.dtype))
    return places


def scan(body: Body, node: Node) -> None:
    """Write a loop over steps: what it carries is written over, what it stacks is written into its row."""
    n_const, n_carry = node.attributes["n_const"], node.attributes["n_carry"]
    graph: Graph = node.attributes["body"]
    inner = body.inside(graph, graph.inputs[n_const : n_const + n_carry])
    fixed = constants(body, node.inputs[:n_const])
    carries = begin(body, inner, node, node.inputs[n_const : n_const + n_carry])
    step, stacks = body.names.new("step"), node.outputs[n_carry:]
    rows = {v: body.array(v, node) for v in stacks}
    count = body.names.new("count")
    body.text.line(f"const int32_t {count} = {body.read(node.inputs[-1])};")
    with body.text.block(f"for (int32_t {step} = 0; {step} < {count}; ++{step})", node.origin):
        if any(c.is_unread for c in carries):
            last = body.names.new("is_last")
            body.text.line(f"const bool {last} = {step} + 1 == {count};")
            inner.conditions = {c.next_value: f"if ({last}) " for c in carries if c.is_unread}
        given = [_entry(body, x, step) for x in node.inputs[n_const + n_carry : -1]]
        results = [_row(body, rows[v].name, v, step) for v in stacks]
        inner.write([*fixed, *(c.place for c in carries), *given], [*(c.next for c in carries), *results])
        _record(body, stacks, rows, results, step)
        for carry in carries:
            carry.advance()
    for carry in carries:
        carry.end(node)


def _entry(body: Body, stack: Value, step: str) -> Place:
    """Return where the entry of a stacked input for a step is."""
    shape, kind, name = stack.aval.shape[1:], stored(stack.aval.dtype), body.names.new("entry")
    if not shape:
        body.text.line(f"const {TYPES[stack.aval.dtype]} {name} = ({body.pointer(stack)})[{step}];")
        return Scalar(name, stack.aval.dtype)
    body.text.line(f"const {kind}* const {name} = {body.pointer(stack)} + int64_t({step}) * {math.prod(shape)};")
    return Array(name, stack.aval.dtype)


def _row(body: Body, array: str, stack: Value, step: str) -> Place:
    """Return where what a step stacks is written to."""
    shape, kind, name = stack.aval.shape[1:], stored(stack.aval.dtype), body.names.new("row")
    if not shape:
        body.text.line(f"{TYPES[stack.aval.dtype]} {name};")
        return Scalar(name, stack.aval.dtype)
    body.text.line(f"{kind}* const {name} = {array} + int64_t({step}) * {math.prod(shape)};")
    return Array(name, stack.aval.dtype)


def _record(body: Body, stacks: Sequence[Value], rows: dict[Value, Array], results: Sequence[Place], step: str) -> None:
    for stack, place in zip(stacks, results, strict=True):
        if isinstance(place, Scalar):
            body.text.line(f"if (team.leads()) {rows[stack].name}[{step}] = {place.name};")


def while_loop(body: Body, node: Node) -> None:
    """Write a loop whose body says whether it is run again."""
    n_const = node.attributes["n_const"]
    graph: Graph = node.attributes["body"]
    inner = body.inside(graph, graph.inputs[n_const:])
    fixed = constants(body, node.inputs[:n_const])
    carries = begin(body, inner, node, node.inputs[n_const:-1])
    again = Scalar(body.names.new("again", node.origin), "bool")
    body.text.line(f"bool {again.name} = {body.read(node.inputs[-1])};")
    with body.text.block(f"while ({again.name})", node.origin):
        inner.write([*fixed, *(c.place for c in carries)], [*(c.next for c in carries), again])
        for carry in carries:
            carry.advance()
    for carry in carries:
        carry.end(node)


def when(body: Body, node: Node) -> None:
    """Write a branch: the results of a body, or the values that are given for them."""
    n_const = node.attributes["n_const"]
    inner = body.inside(node.attributes["body"])
    fixed = constants(body, node.inputs[:n_const])
    targets: list[Place] = []
    for value in node.outputs:
        if value.aval.shape:
            targets.append(body.array(value, node))
        else:
            name = body.names.new("chosen", node.origin)
            body.text.line(f"{TYPES[value.aval.dtype]} {name};")
            targets.append(Scalar(name, value.aval.dtype))
            body.define(value, name)
    with body.text.block(f"if ({body.read(node.inputs[-1])})", node.origin):
        inner.write(fixed, targets)
    with body.text.block("else"):
        for value, place in zip(node.inputs[n_const:-1], targets, strict=True):
            if isinstance(place, Scalar):
                body.text.line(f"{place.name} = {body.read(value)};")
            else:
                copy(body, value, place.name)
