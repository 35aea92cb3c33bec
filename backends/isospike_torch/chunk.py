"""Several steps of a loop as one flat graph, to be compiled or captured as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import fx

from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.op import op
from isospike.graph.passes import common_subexpressions

__all__ = ["chunk_length", "unrolled"]

# Operations of torch in one compiled program: Inductor takes about 10 ms for each.
NODE_BUDGET = 1000


def chunk_length(step: fx.GraphModule, length: int) -> int:
    """Return how many of the steps of a loop are taken together: one that leaves no rest, or else a power of two."""
    n_nodes = sum(node.op == "call_function" for node in step.graph.nodes)
    most = max(1, min(NODE_BUDGET // max(1, n_nodes), length))
    return next((n for n in range(most, most // 2, -1) if length % n == 0), 1 << (most.bit_length() - 1))


def unrolled(body: Graph, n_const: int, n_carry: int, steps: int) -> Graph:
    """Return a graph of ``steps`` steps.

    Its inputs are the constants, the carry and the stacked inputs of these steps; its outputs the last carry and
    the stacked results. What a step computes again that the one before has computed is computed once.
    """
    constants, now = body.inputs[:n_const], body.inputs[n_const : n_const + n_carry]
    stacks = [Value(_stack(x.aval, steps)) for x in body.inputs[n_const + n_carry :]]
    inputs = (*constants, *now, *stacks)
    nodes: list[Node] = []
    rows: list[Sequence[Value]] = []
    for i in range(steps):
        entries = [_entry(nodes, x, i) for x in stacks]
        outputs = _copied(nodes, body, [*constants, *now, *entries])
        now = tuple(outputs[:n_carry])
        rows.append([_row(nodes, y) for y in outputs[n_carry:]])
    columns = [
        _appended(nodes, "concat", {"axis": 0}, c, (steps, *c[0].aval.shape[1:])) for c in zip(*rows, strict=True)
    ]
    return common_subexpressions(Graph(inputs, tuple(nodes), (*now, *columns)))


def _copied(nodes: list[Node], body: Graph, inputs: Sequence[Value]) -> list[Value]:
    memory = dict(zip(body.inputs, inputs, strict=True))
    for node in body.nodes:
        outputs = tuple(Value(v.aval) for v in node.outputs)
        nodes.append(Node(node.op, tuple(memory[v] for v in node.inputs), node.attributes, outputs, node.origin))
        memory.update(zip(node.outputs, outputs, strict=True))
    return [memory[v] for v in body.outputs]


def _entry(nodes: list[Node], stack: Value, i: int) -> Value:
    rest = stack.aval.shape[1:]
    return _appended(nodes, "index", {"index": (i, *((0, n, 1) for n in rest))}, [stack], rest)


def _row(nodes: list[Node], y: Value) -> Value:
    shape = (1, *y.aval.shape)
    return _appended(nodes, "reshape", {"shape": shape}, [y], shape)


def _appended(
    nodes: list[Node], name: str, attributes: dict[str, Any], inputs: Sequence[Value], shape: tuple[int, ...]
) -> Value:
    output = Value(Aval(shape, inputs[0].aval.dtype))
    nodes.append(Node(op(name), tuple(inputs), attributes, (output,)))
    return output


def _stack(aval: Aval, steps: int) -> Aval:
    return Aval((steps, *aval.shape), aval.dtype)
