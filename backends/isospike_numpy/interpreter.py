"""Interpreter of graphs: one Python call per node, in order, over any Array API namespace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.trace import evaluator

__all__ = ["Lowering", "compile_graph"]

Function = Callable[[Sequence[Any]], list[Any]]
# A lowering replaces the reference evaluation of an operation: (xp, *arrays, **attributes) -> array.
Lowering = Mapping[str, Callable[..., Any]]


def compile_graph(graph: Graph, xp: Any, lowerings: Lowering) -> Function:
    """Return a function from the graph's inputs to its outputs.

    Values live in a list of slots; each node is a call that reads its operands' slots and fills its own. A slot is
    freed after its last use, so that a large network holds only what is alive.

    Parameters
    ----------
    graph : Graph
        What to run.
    xp : module
        Array API namespace that computes it.
    lowerings : mapping of str to callable
        Faster forms of some operations for this namespace.
    """
    slots: dict[Value, int] = {v: i for i, v in enumerate(graph.inputs)}
    for node in graph.nodes:
        for value in node.outputs:
            slots[value] = len(slots)
    last_use = _last_uses(graph)
    steps = [
        (
            _call(node, xp, lowerings),
            [slots[v] for v in node.inputs],
            [slots[v] for v in node.outputs],
            [slots[v] for v in {*node.inputs, *node.outputs} if last_use.get(v, -1) <= i and v not in graph.outputs],
        )
        for i, node in enumerate(graph.nodes)
    ]
    empty = [None] * (len(slots) - len(graph.inputs))
    results = [slots[v] for v in graph.outputs]

    def run(inputs: Sequence[Any]) -> list[Any]:
        memory = [*inputs, *empty]
        for function, operands, outputs, dead in steps:
            computed = function([memory[i] for i in operands])
            for slot, value in zip(outputs, computed, strict=True):
                memory[slot] = value
            for slot in dead:
                memory[slot] = None
        return [memory[i] for i in results]

    return run


def _last_uses(graph: Graph) -> dict[Value, int]:
    return {v: i for i, node in enumerate(graph.nodes) for v in node.inputs}


def _call(node: Node, xp: Any, lowerings: Lowering) -> Function:
    if node.op.name == "scan":
        return _scan(node, xp, lowerings)
    function = lowerings.get(node.op.name) or evaluator(node.op)
    attributes = dict(node.attributes)
    return lambda operands: [function(xp, *operands, **attributes)]


def _scan(node: Node, xp: Any, lowerings: Lowering) -> Function:
    body: Graph = node.attributes["body"]
    n_const, n_carry = node.attributes["n_const"], node.attributes["n_carry"]
    capacity: int = node.attributes["capacity"]
    run = compile_graph(body, xp, lowerings)
    stacks = [(v.aval.shape, v.aval.dtype) for v in body.outputs[n_carry:]]

    def loop(operands: Sequence[Any]) -> list[Any]:
        constants, carry = operands[:n_const], operands[n_const : n_const + n_carry]
        xs, count = operands[n_const + n_carry : -1], int(operands[-1])
        recorded = [xp.zeros((capacity, *shape), dtype=getattr(xp, dtype)) for shape, dtype in stacks]
        for i in range(count):
            outputs = run([*constants, *carry, *(x[i, ...] for x in xs)])
            carry = outputs[:n_carry]
            for stack, value in zip(recorded, outputs[n_carry:], strict=True):
                stack[i, ...] = value
        return [*carry, *recorded]

    return loop
