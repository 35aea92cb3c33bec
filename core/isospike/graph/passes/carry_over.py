"""Carrying over: what a step computes again, and the step before has computed, goes from step to step instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.common_subexpressions import common_subexpressions
from isospike.graph.passes.dead_code import dead_code
from isospike.graph.passes.rewrite import map_bodies, substitute

__all__ = ["carry_over"]


def carry_over(graph: Graph) -> Graph:
    """Return the graph with loops that carry what they would compute twice.

    The spikes that a step sends are, as a rule, those that the step before has returned: a function of States that it
    wrote. Such values are computed before the loop for its first step, and carried from there.
    """
    nodes: list[Node] = []
    for node in graph.nodes:
        inner = map_bodies(node, carry_over)
        nodes += _carrying(inner) if inner.op.name == "scan" else [inner]
    return Graph(graph.inputs, tuple(nodes), graph.outputs)


def _carrying(loop: Node) -> list[Node]:
    """Return a loop that computes nothing twice, and before it the nodes that make what it then starts with."""
    body: Graph = loop.attributes["body"]
    n_const, n_carry = loop.attributes["n_const"], loop.attributes["n_carry"]
    end = n_const + n_carry
    head = _head(body, end)
    at_end = _found_at_end(body, head, n_const, n_carry)
    carried = [v for v in _used_beyond(body, at_end) if v.aval.shape]
    if not carried:
        return [loop]
    before, first = _copied(head, carried, dict(zip(body.inputs[:end], loop.inputs, strict=False)))
    given = {v: Value(v.aval) for v in carried}
    changed = Graph(
        (*body.inputs[:end], *given.values(), *body.inputs[end:]),
        tuple(substitute(n, given) for n in body.nodes),
        tuple(
            given.get(v, v) for v in (*body.outputs[:n_carry], *(at_end[v] for v in carried), *body.outputs[n_carry:])
        ),
    )
    attributes = {**loop.attributes, "body": dead_code(changed), "n_carry": n_carry + len(carried)}
    inputs = (*loop.inputs[:end], *first, *loop.inputs[end:])
    results = (*loop.outputs[:n_carry], *(Value(v.aval) for v in carried), *loop.outputs[n_carry:])
    return [*before, Node(loop.op, inputs, attributes, results, loop.origin)]


def _head(body: Graph, end: int) -> dict[Value, Node]:
    """Return the nodes that read nothing but constants and the carry, by what they make."""
    known = set(body.inputs[:end])
    head: dict[Value, Node] = {}
    for node in body.nodes:
        if node.op.evaluate is not None and known.issuperset(node.inputs):
            head.update(dict.fromkeys(node.outputs, node))
            known.update(node.outputs)
    return head


def _found_at_end(body: Graph, head: Mapping[Value, Node], n_const: int, n_carry: int) -> dict[Value, Value]:
    """Return the values of the head that the body computes for the step after it as well, and what they are there."""
    end = n_const + n_carry
    following = dict(zip(body.inputs[:end], (*body.inputs[:n_const], *body.outputs[:n_carry]), strict=True))
    again, values = _copied(head, list(head), following)
    merged = common_subexpressions(Graph(body.inputs, (*body.nodes, *again), (*body.outputs, *values)))
    own = {v for node in body.nodes for v in node.outputs}
    found = zip(head, merged.outputs[len(body.outputs) :], strict=True)
    return {v: later for v, later in found if later in own and later is not v}


def _used_beyond(body: Graph, found: Mapping[Value, Value]) -> list[Value]:
    """Return the values that something else reads than what makes the others."""
    read = {v for node in body.nodes if node.outputs[0] not in found for v in node.inputs} | set(body.outputs)
    return [v for v in found if v in read]


def _copied(
    head: Mapping[Value, Node], wanted: Sequence[Value], given: Mapping[Value, Value]
) -> tuple[list[Node], list[Value]]:
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
