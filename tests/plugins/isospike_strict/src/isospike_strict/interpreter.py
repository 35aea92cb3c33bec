"""From a graph to a function that computes it node by node, with functions of the standard only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import array_api_strict as xp

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.trace import evaluator

__all__ = ["interpreted"]

Arrays = Sequence[Any]
Function = Callable[[Arrays], Arrays]


def interpreted(graph: Graph) -> Function:
    """Return a function from the graph's inputs to its outputs."""
    steps = [(_function(node), node.inputs, node.outputs) for node in graph.nodes]

    def run(inputs: Arrays) -> Arrays:
        held: dict[Value, Any] = dict(zip(graph.inputs, inputs, strict=True))
        for function, operands, outputs in steps:
            held.update(zip(outputs, function([held[v] for v in operands]), strict=True))
        return [held[v] for v in graph.outputs]

    return run


def _function(node: Node) -> Function:
    """Return what computes one node: a loop or a branch over a graph, or an operation of the standard."""
    structured = {"scan": _scan, "while_loop": _while_loop, "when": _when}
    if node.op.name in structured:
        return structured[node.op.name](node)
    compute = partial(evaluator(node.op), xp, **node.attributes)
    return lambda operands: [compute(*operands)]


def _scan(node: Node) -> Function:
    """Return a loop: constants, carry and stacked inputs in, the last carry and the stacked outputs out."""
    body: Graph = node.attributes["body"]
    n_const, n_carry, capacity = (node.attributes[name] for name in ("n_const", "n_carry", "capacity"))
    run, kept = interpreted(body), [value.aval for value in body.outputs[n_carry:]]

    def loop(operands: Arrays) -> Arrays:
        (*given, count), first = operands, n_const + n_carry
        constants, carry, stacked = given[:n_const], given[n_const:first], given[first:]
        # There is room for all steps of a chunk, of which the last chunk of a run needs some.
        records = [xp.zeros((capacity, *aval.shape), dtype=getattr(xp, aval.dtype)) for aval in kept]
        for i in range(int(count)):
            outputs = run([*constants, *carry, *(x[i, ...] for x in stacked)])
            carry, results = list(outputs[:n_carry]), outputs[n_carry:]
            for record, result in zip(records, results, strict=True):
                record[i, ...] = result
        return [*carry, *records]

    return loop


def _while_loop(node: Node) -> Function:
    """Return a loop: constants, carry and whether to run at all in, the last carry out."""
    run, n_const = interpreted(node.attributes["body"]), node.attributes["n_const"]

    def loop(operands: Arrays) -> Arrays:
        constants, (*carry, again) = operands[:n_const], operands[n_const:]
        while again:
            *carry, again = run([*constants, *carry])
        return carry

    return loop


def _when(node: Node) -> Function:
    """Return a branch: the inputs of its body, what else its results are, and the condition."""
    run, n_const = interpreted(node.attributes["body"]), node.attributes["n_const"]
    return lambda operands: run(operands[:n_const]) if operands[-1] else operands[n_const:-1]
