"""Loops that carry more: what a step begins with, made before the loop and at the end of each step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.common_subexpressions import common_subexpressions
from isospike.graph.passes.dead_code import dead_code
from isospike.graph.passes.rewrite import map_bodies, substitute

__all__ = ["Head", "carrying", "copied", "following", "head_of", "rewrite_scans"]

Head = Mapping[Value, Node]
"""Nodes of the body of a loop that read nothing but constants and the carry, in order, by what they make."""


def rewrite_scans(graph: Graph, rewrite: Callable[[Node], list[Node]]) -> Graph:
    """Return the graph with each scan, the innermost first, as the nodes that stand for it."""
    nodes: list[Node] = []
    for node in graph.nodes:
        inner = map_bodies(node, lambda body: rewrite_scans(body, rewrite))
        nodes += rewrite(inner) if inner.op.name == "scan" else [inner]
    return Graph(graph.inputs, tuple(nodes), graph.outputs)


def head_of(loop: Node, belongs: Callable[[Node], bool]) -> dict[Value, Node]:
    """Return the nodes of a body that belong to its head: those of a kind that read constants and the carry alone."""
    body: Graph = loop.attributes["body"]
    known = set(body.inputs[: loop.attributes["n_const"] + loop.attributes["n_carry"]])
    head: dict[Value, Node] = {}
    for node in body.nodes:
        if belongs(node) and known.issuperset(node.inputs):
            head.update(dict.fromkeys(node.outputs, node))
            known.update(node.outputs)
    return head


def following(loop: Node) -> dict[Value, Value]:
    """Return what the constants and the carry of a step are in the step after it."""
    body, n_const, n_carry = loop.attributes["body"], loop.attributes["n_const"], loop.attributes["n_carry"]
    end = n_const + n_carry
    return dict(zip(body.inputs[:end], (*body.inputs[:n_const], *body.outputs[:n_carry]), strict=True))


def copied(head: Head, wanted: Sequence[Value], given: Mapping[Value, Value]) -> tuple[list[Node], list[Value]]:
    """Return copies of the nodes that make some values, which read what is given, and the values that they make."""
    needed = set(wanted)
    for value, node in reversed(list(head.items())):
        if value in needed:
            needed.update(node.inputs)
    replaced, nodes = dict(given), []
    for value, node in head.items():
        if value in needed and value not in replaced:
            made = tuple(Value(v.aval) for v in node.outputs)
            nodes.append(Node(node.op, tuple(replaced[v] for v in node.inputs), node.attributes, made, node.origin))
            replaced.update(zip(node.outputs, made, strict=True))
    return nodes, [replaced[v] for v in wanted]


def carrying(
    loop: Node, head: Head, carried: Sequence[Value], later: Sequence[Value], more: Sequence[Node] = ()
) -> list[Node]:
    """Return a loop that carries values of its head, and before it the nodes that make them for the first step.

    ``later`` is what they are in the step after, made by the body or by ``more`` nodes at its end.
    """
    body: Graph = loop.attributes["body"]
    n_carry: int = loop.attributes["n_carry"]
    end: int = loop.attributes["n_const"] + n_carry
    before, first = copied(head, carried, dict(zip(body.inputs[:end], loop.inputs, strict=False)))
    given = {v: Value(v.aval) for v in carried}
    outputs = (*body.outputs[:n_carry], *later, *body.outputs[n_carry:])
    changed = Graph(
        (*body.inputs[:end], *given.values(), *body.inputs[end:]),
        tuple(substitute(n, given) for n in (*body.nodes, *more)),
        tuple(given.get(v, v) for v in outputs),
    )
    inner = dead_code(common_subexpressions(changed))
    attributes = {**loop.attributes, "body": inner, "n_carry": n_carry + len(carried)}
    inputs = (*loop.inputs[:end], *first, *loop.inputs[end:])
    results = (*loop.outputs[:n_carry], *(Value(v.aval) for v in carried), *loop.outputs[n_carry:])
    return [*before, Node(loop.op, inputs, attributes, results, loop.origin)]
