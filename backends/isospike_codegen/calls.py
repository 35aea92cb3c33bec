"""Operations that have code of their own, between the fused loops of the element-wise ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from isospike.errors import BackendError
from isospike.graph.ir import Node
from isospike_codegen.control import scan, when, while_loop
from isospike_codegen.elements import philox
from isospike_codegen.loops import loop_over
from isospike_codegen.products import event_add, event_matvec, matmul
from isospike_codegen.reductions import reduce
from isospike_codegen.view import View, row_major

if TYPE_CHECKING:
    from isospike_codegen.body import Body

__all__ = ["CALLS", "call"]


def call(body: Body, node: Node) -> None:
    """Write the code of a node.

    Raises
    ------
    BackendError
        The generator has no code for the operation.
    """
    if node.op.name not in CALLS:
        msg = (
            f"generated code cannot compute the operation {node.op.name!r} of {node.origin}: choose another backend, "
            "as in iso.environ.context(backend='jax'); `isospike backends` lists what each can do"
        )
        raise BackendError(msg)
    CALLS[node.op.name](body, node)


def _concat(body: Body, node: Node) -> None:
    (value,), axis = node.outputs, node.attributes["axis"]
    target = body.array(value, node)
    strides, start = row_major(value.aval.shape), 0
    for operand in node.inputs:
        shape = operand.aval.shape
        into = View(value, shape, strides, start * strides[axis])
        with loop_over(body.text, shape, [body.view(operand).strides, strides]) as loop:
            at = loop.place(into.strides, into.offset)
            body.text.line(f"{target.name}[{at}] = {body.read(operand, loop)};", node.origin)
        start += shape[axis]


def _random_bits(body: Body, node: Node) -> None:
    """Write several words of each element, one after the other along a new first axis."""
    (value,), words = node.outputs, node.attributes["words"]
    target, shape = body.array(value, node), node.attributes["shape"]
    size = row_major(value.aval.shape)[0]
    with loop_over(body.text, shape, apart=len(shape) > 1) as loop:
        body.text.line(f"const Block block = {philox(body, node, loop)};", node.origin)
        for k in range(words):
            body.text.line(f"{target.name}[{k * size} + {loop.element}] = block.word[{k}];")


CALLS: dict[str, Callable[[Body, Node], None]] = {
    "all": reduce,
    "any": reduce,
    "concat": _concat,
    "event_add": event_add,
    "event_matvec": event_matvec,
    "matmul": matmul,
    "max": reduce,
    "min": reduce,
    "random_bits": _random_bits,
    "scan": scan,
    "sum": reduce,
    "when": when,
    "while_loop": while_loop,
}
