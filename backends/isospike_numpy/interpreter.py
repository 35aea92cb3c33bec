"""Interpreter of graphs: each graph becomes one flat Python function, a line per node, over any Array API namespace.

The text of the function is made from node numbers only, never from names or files; ``source(graph)`` shows
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.trace import evaluator

__all__ = ["Lowering", "compile_graph", "source"]

Function = Callable[..., Sequence[Any]]
# A lowering replaces the reference evaluation of an operation: (*arrays, **attributes) -> array.
Lowering = Mapping[str, Callable[..., Any]]


def compile_graph(graph: Graph, xp: Any, lowerings: Lowering) -> Function:
    """Return a function from the graph's inputs, one argument each, to the tuple of its outputs.

    Parameters
    ----------
    graph : Graph
        What to run.
    xp : module
        Array API namespace that computes it.
    lowerings : mapping of str to callable
        Faster forms of some operations for this namespace.
    """
    names = {f"f{i}": _call(node, xp, lowerings) for i, node in enumerate(graph.nodes)}
    code = compile(source(graph), "<step graph>", "exec")
    exec(code, names)
    function: Function = names["run"]
    return function


def source(graph: Graph) -> str:
    """Return the text of the flat function; a value is deleted after its last use, so that little is held."""
    names: dict[Value, str] = {v: f"v{i}" for i, v in enumerate(graph.inputs)}
    lines = [f"def run({', '.join(names.values())}):"]
    last_use = {v: i for i, node in enumerate(graph.nodes) for v in (*node.outputs, *node.inputs)}
    keep = {*graph.outputs, *graph.inputs}
    for i, node in enumerate(graph.nodes):
        for value in node.outputs:
            names[value] = f"v{len(names)}"
        targets = ", ".join(names[v] for v in node.outputs)
        comma = "," if node.op.evaluate is None else ""
        lines.append(f"    {targets}{comma} = f{i}({', '.join(names[v] for v in node.inputs)})  # {node.op.name}")
        dead = [names[v] for v in dict.fromkeys((*node.inputs, *node.outputs)) if last_use[v] == i and v not in keep]
        if dead:
            lines.append(f"    del {', '.join(dead)}")
    results = "".join(f"{names[v]}, " for v in graph.outputs)
    return "\n".join([*lines, f"    return ({results})"])


def _call(node: Node, xp: Any, lowerings: Lowering) -> Callable[..., Any]:
    if node.op.name in _STRUCTURED:
        return _STRUCTURED[node.op.name](node, xp, lowerings)
    attributes = dict(node.attributes)
    if node.op.name in lowerings:
        function = lowerings[node.op.name]
    elif node.op.is_standard:
        function = getattr(xp, node.op.name)
    else:
        function = partial(evaluator(node.op), xp)
    return partial(function, **attributes) if attributes else function


def _scan(node: Node, xp: Any, lowerings: Lowering) -> Function:
    body: Graph = node.attributes["body"]
    n_const, n_carry = node.attributes["n_const"], node.attributes["n_carry"]
    capacity: int = node.attributes["capacity"]
    run = compile_graph(body, xp, lowerings)
    stacks = [(v.aval.shape, v.aval.dtype) for v in body.outputs[n_carry:]]

    def loop(*operands: Any) -> Sequence[Any]:
        constants, carry = operands[:n_const], operands[n_const : n_const + n_carry]
        xs, count = operands[n_const + n_carry : -1], int(operands[-1])
        recorded = [xp.zeros((capacity, *shape), dtype=getattr(xp, dtype)) for shape, dtype in stacks]
        for i in range(count):
            outputs = tuple(run(*constants, *carry, *(x[i, ...] for x in xs)))
            carry = outputs[:n_carry]
            for stack, value in zip(recorded, outputs[n_carry:], strict=True):
                stack[i, ...] = value
        return (*carry, *recorded)

    return loop


def _when(node: Node, xp: Any, lowerings: Lowering) -> Function:
    run = compile_graph(node.attributes["body"], xp, lowerings)
    n_const: int = node.attributes["n_const"]
    return lambda *operands: run(*operands[:n_const]) if operands[-1] else operands[n_const:-1]


def _while_loop(node: Node, xp: Any, lowerings: Lowering) -> Function:
    run = compile_graph(node.attributes["body"], xp, lowerings)
    n_const: int = node.attributes["n_const"]

    def loop(*operands: Any) -> Sequence[Any]:
        constants, (*carry, again) = operands[:n_const], operands[n_const:]
        while again:
            *carry, again = run(*constants, *carry)
        return tuple(carry)

    return loop


_STRUCTURED: dict[str, Callable[..., Function]] = {"scan": _scan, "when": _when, "while_loop": _while_loop}
