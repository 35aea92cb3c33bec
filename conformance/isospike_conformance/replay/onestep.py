"""One step of a run as a flat graph, with the data that it starts from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike.backend import Backend
from isospike.checkpoint import named_states
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.passes.rewrite import substitute
from isospike.namespace import to_host
from isospike.state import State
from isospike.transform.arguments import describe
from isospike.transform.loop import Loop
from isospike.units import unit_name
from isospike_conformance.running import Running

__all__ = ["OneStep"]

Arrays = Sequence[NDArray[Any]]


@dataclass(frozen=True, eq=False)
class OneStep:
    """The nodes of one step, and what they compute with.

    Attributes
    ----------
    graph : Graph
        The body of the loop, after the nodes that are computed once for all steps.
    data : list of array
        One for each input of the graph, on the host.
    names : dict of Value to str
        States by path, of inputs and of what is left in them.
    units : dict of Value to str
        Their units; ``"1"`` where there is none.
    left : dict of str to Value
        What is left in each State that the step writes.
    root : str
        Path of the whole module, with which the origin of each node begins.
    """

    graph: Graph
    data: Arrays
    names: dict[Value, str]
    units: dict[Value, str]
    left: dict[str, Value]
    root: str

    @classmethod
    def of(cls, running: Running) -> OneStep:
        """Trace the next step of a run, in the form that its loop has."""
        signature, _ = describe((), stacked=True)
        with running.environment():
            program = Loop(running.observed(), signature, [], 1).program
        graph, new = _inlined(program.graph)
        paths = {state: path for path, state in named_states(running.module).items()}
        data = [to_host(c).astype(v.aval.dtype) for c, v in zip(program.constants, graph.inputs, strict=False)]
        data += [np.array(to_host(x)) for state, _ in program.reads for x in state.leaves]
        held = _leaves(paths, program.reads, graph.inputs[len(program.constants) :])
        left = _leaves(paths, program.writes, [new[v] for v in program.graph.outputs])
        units = {v: unit for v, _, unit in (*held, *left)}
        names = {v: path for v, path, _ in (*left, *held)}
        return cls(
            graph, [*data, np.ones((), np.int32)], names, units, {path: v for v, path, _ in left}, running.module.path
        )

    def path(self, module: str) -> str:
        """Return the path of a module below the root, as it is written in the path of a State."""
        return module.removeprefix(self.root).removeprefix(".") or self.root

    def compute(self, backend: Backend, outputs: Sequence[Value]) -> Arrays:
        """Compile the nodes that some values depend on, with these as the only results, and run them."""
        graph = Graph(self.graph.inputs, tuple(self.ancestors(outputs)), tuple(outputs))
        return run_graph(backend, graph, self.data)

    def ancestors(self, values: Iterable[Value]) -> list[Node]:
        """Return the nodes that some values are computed by, in order."""
        wanted, found = set(values), []
        for node in reversed(self.graph.nodes):
            if wanted.intersection(node.outputs):
                wanted.update(node.inputs)
                found.append(node)
        return found[::-1]


def run_graph(backend: Backend, graph: Graph, data: Arrays) -> Arrays:
    """Compile a graph on a backend and run it once, from the host and back."""
    given = [backend.asarray(x, v.aval.dtype) for x, v in zip(data, graph.inputs, strict=True)]
    return [np.asarray(backend.to_numpy(x)) for x in backend.compile(graph)(given)]


def _inlined(graph: Graph) -> tuple[Graph, dict[Value, Value]]:
    """Return the graph of a loop of one step with the body in place of the loop, and what its outputs became."""
    *before, loop = graph.nodes
    body: Graph = loop.attributes["body"]
    outside = dict(zip(body.inputs, loop.inputs[:-1], strict=True))
    nodes = (*before, *(substitute(node, outside) for node in body.nodes))
    new = dict(zip(loop.outputs, (outside.get(v, v) for v in body.outputs), strict=True))
    return Graph(graph.inputs, nodes, tuple(new[v] for v in graph.outputs)), new


def _leaves(
    paths: dict[State, str], held: Sequence[tuple[State, Any]], values: Sequence[Value]
) -> list[tuple[Value, str, str]]:
    """Return value, name and unit of each leaf of some States, named as in a record."""
    names = []
    for state, spec in held:
        path, many = paths.get(state, state.name), len(spec.units) > 1
        names += [(f"{path}[{i}]" if many else path, unit) for i, unit in enumerate(spec.units)]
    return [(v, name, "1" if unit is None else unit_name(unit)) for v, (name, unit) in zip(values, names, strict=False)]
