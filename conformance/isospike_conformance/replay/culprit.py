"""The first node of a step that two backends compute in different ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from numpy.typing import NDArray

from isospike.backend import Backend
from isospike.graph.ir import Graph, Node, Value
from isospike_conformance.compare.bitwise import compare_bits
from isospike_conformance.compare.nodedivergence import NodeDivergence
from isospike_conformance.replay.describe import describe
from isospike_conformance.replay.onestep import OneStep, run_graph
from isospike_conformance.replay.parting import Focus, Parting

__all__ = ["find_culprit"]

Sides = tuple[Backend, Backend]
Data = Mapping[Value, NDArray[Any]]
Pair = tuple[NDArray[Any], NDArray[Any]]


def find_culprit(step: OneStep, sides: Sides, state: str, index: int | None = None) -> NodeDivergence | None:
    """Return the first node that a State depends on and that makes of equal operands another result.

    Two searches look for it: among all values of the step as outputs of one graph, and among values each of which is
    the only output of a graph, since a compiler that must keep a value may round it that it otherwise would not. A
    node that differs in the element in which the State does goes before others, and the first search before the
    second.

    Parameters
    ----------
    step : OneStep
        The step.
    sides : (Backend, Backend)
        Reference and candidate.
    state : str
        A State that differs after the step.
    index : int, optional
        Its first differing element.

    Returns
    -------
    NodeDivergence or None
        None where no part of the step shows a difference.
    """
    end = step.left[state]
    nodes = step.ancestors([end])
    known, got = (_everything(step, nodes, backend) for backend in sides)
    focus = Focus(index, end.aval.shape)
    suspects = [node for node in nodes if focus.alike(node, known, got)]
    partings = chain(
        (p for node in suspects for p in _partings(node, lambda v: (known[v], got[v]))),
        (p for node in suspects for p in _partings(node, lambda v: _only(step, v, sides))),
    )
    parting = _first(partings, focus, known, got)
    if parting is None:
        return None
    form = "fused" if _agrees_alone(parting.node, known, sides) else "alone"
    return describe(step, parting, known, state, parting.element(focus), form)


def _first(partings: Iterator[Parting], focus: Focus, known: Data, got: Data) -> Parting | None:
    """Return the first that differs in the focus, or else the first whose operands are equal throughout."""
    others = []
    for parting in partings:
        if focus.differs(parting.reference, parting.candidate):
            return parting
        if all(compare_bits(known[v], got[v]) for v in parting.node.inputs):
            others.append(parting)
    return next(iter(others), None)


def _everything(step: OneStep, nodes: list[Node], backend: Backend) -> Data:
    """Return every value that some nodes use or compute."""
    values = [v for node in nodes for v in node.outputs]
    computed = step.compute(backend, values)
    return {**dict(zip(step.graph.inputs, step.data, strict=True)), **dict(zip(values, computed, strict=True))}


def _partings(node: Node, both: Callable[[Value], Pair]) -> Iterator[Parting]:
    """Yield the outputs of a node that differ."""
    for value in node.outputs:
        pair = both(value)
        if not compare_bits(*pair):
            yield Parting(node, value, *pair)


def _only(step: OneStep, value: Value, sides: Sides) -> Pair:
    """Return a value on both sides, computed where it is all that is asked for."""
    (reference,), (candidate,) = (step.compute(backend, [value]) for backend in sides)
    return reference, candidate


def _agrees_alone(node: Node, known: Data, sides: Sides) -> bool:
    """Say whether both sides compute the same where the node is all that is compiled."""
    inputs = tuple(dict.fromkeys(node.inputs))
    graph = Graph(inputs, (node,), node.outputs)
    results = [run_graph(backend, graph, [known[v] for v in inputs]) for backend in sides]
    return all(compare_bits(*pair) for pair in zip(*results, strict=True))
