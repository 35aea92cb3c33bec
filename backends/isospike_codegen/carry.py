"""What a loop carries from step to step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from isospike.graph.ir import Node, Value
from isospike_codegen.expressions import TYPES
from isospike_codegen.loops import loop_over
from isospike_codegen.place import Array, Place, Scalar, stored

if TYPE_CHECKING:
    from isospike_codegen.body import Body

__all__ = ["Carry", "begin", "copy"]


class Carry:
    """A value that a loop carries: where it is in a step, and where the next one is written.

    The next one is written over it where the body allows that. Otherwise two arrays take turns.
    """

    def __init__(self, outer: Body, inner: Body, node: Node, given: Value, result: Value, position: int) -> None:
        self.outer, self.given, self.result = outer, given, result
        self.inside = inner.graph.inputs[position]
        self.next_value = inner.prepared.outputs[position - node.attributes["n_const"]]
        name = outer.names.new("carry", inner.origin_of(self.next_value))
        self.kind = (stored if result.aval.shape else TYPES.__getitem__)(result.aval.dtype)
        self.place: Place = (Array if result.aval.shape else Scalar)(name, result.aval.dtype)
        self.is_shared = bool(result.aval.shape) and inner.schedule.may_overwrite(self.next_value, self.inside)
        # A step that does not read it need not write it, but for the last one.
        self.is_unread = self.is_shared and not inner.schedule.readers[self.inside]
        self.is_unread &= inner.schedule.is_local(self.next_value)
        self.next = self.place if self.is_shared else type(self.place)(f"{name}_next", result.aval.dtype)

    def begin(self, node: Node) -> None:
        """Write the declarations and the first value."""
        line = self.outer.text.line
        if isinstance(self.place, Scalar):
            line(f"{self.kind} {self.place.name} = {self.outer.read(self.given)}, {self.next.name};")
            return
        home = self.outer.array(self.result, node).name
        line(f"{self.kind}* {self.place.name} = {home};")
        if not self.is_shared:
            spare = self.outer.space.array(self.outer.names.new("spare"), self.result.aval)
            line(f"{self.kind}* {self.next.name} = {spare.name};")
        copy(self.outer, self.given, self.place.name)

    def advance(self) -> None:
        """Write what makes the next value the present one."""
        line = self.outer.text.line
        if isinstance(self.place, Scalar):
            line(f"{self.place.name} = {self.next.name};")
        elif not self.is_shared:
            line(f"{self.kind}* const was_{self.place.name} = {self.place.name};")
            line(f"{self.place.name} = {self.next.name};")
            line(f"{self.next.name} = was_{self.place.name};")

    def end(self, node: Node) -> None:
        """Write what brings the last value where it is read."""
        if isinstance(self.place, Scalar):
            self.outer.define(self.result, self.place.name)
        elif not self.is_shared:
            home = self.outer.array(self.result, node).name
            text = self.outer.text
            with text.block(f"if ({self.place.name} != {home})"), loop_over(text, self.result.aval.shape) as loop:
                text.line(f"{home}[{loop.element}] = {self.place.name}[{loop.element}];")


def begin(outer: Body, inner: Body, node: Node, given: Sequence[Value]) -> list[Carry]:
    """Write the first values of what a loop carries, the first results of its node, and return it."""
    n_const: int = node.attributes["n_const"]
    pairs = zip(given, node.outputs, strict=False)
    carries = [Carry(outer, inner, node, x, result, n_const + k) for k, (x, result) in enumerate(pairs)]
    for carry in carries:
        carry.begin(node)
    outer.text.line("team.sync();")
    return carries


def copy(body: Body, value: Value, target: str) -> None:
    """Write a copy of a value into an array."""
    shape = value.aval.shape
    with loop_over(body.text, shape, [body.view(value).broadcast(shape).strides]) as loop:
        body.text.line(f"{target}[{loop.element}] = {body.read(value, loop)};")
