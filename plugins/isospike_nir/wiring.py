"""Wiring: the nodes and edges of a graph, checked, with nested graphs taken apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from isospike.errors import ConfigError, UnknownNameError, nearest
from isospike_nir.audit import Audit
from isospike_nir.nodes import Spec, kind_of

__all__ = ["Wiring"]

_ENDS = ("Input", "Output")


@dataclass
class Wiring:
    """Nodes by name and edges between them.

    Parameters
    ----------
    nodes : dict of str to Spec
        All nodes, the Inputs and Outputs of the graph included.
    edges : list of (str, str)
        Edges, from a node to a node, in a fixed order: what arrives at a node is added up in it.
    """

    nodes: dict[str, Spec] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    _before: dict[str, list[str]] = field(default_factory=dict)
    _after: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, graph: dict[str, Any], audit: Audit) -> Wiring:
        """Return the wiring of a graph that was read.

        Raises
        ------
        ConfigError
            There are no nodes or no edges where there should be, or no Input or Output.
        UnknownNameError
            A type is not known, or an edge leads to a node that does not exist.
        """
        wiring = cls()
        wiring._add(graph, "", audit)
        # Files hold edges in any order, that of a set in Python.
        wiring.edges.sort()
        for a, b in wiring.edges:
            wiring._after.setdefault(a, []).append(b)
            wiring._before.setdefault(b, []).append(a)
        wiring._check()
        return wiring

    def ends(self, type: str) -> list[str]:
        """Return the names of the Inputs, or of the Outputs."""
        return [name for name, spec in self.nodes.items() if spec.type == type]

    def before(self, name: str) -> list[str]:
        """Return the nodes whose output arrives at a node."""
        return self._before.get(name, [])

    def after(self, name: str) -> list[str]:
        """Return the nodes at which the output of a node arrives."""
        return self._after.get(name, [])

    def _add(self, graph: dict[str, Any], prefix: str, audit: Audit) -> None:
        where = f"the nested graph {prefix[:-1]!r}" if prefix else "the graph"
        nodes = graph.get("nodes")
        if not isinstance(nodes, dict) or not nodes:
            msg = f"{where} has no nodes: write nir.NIRGraph(nodes={{'input': nir.Input(...), ...}}, edges=[...])"
            raise ConfigError(msg)
        inner = [name for name, node in nodes.items() if _type(node, prefix + name) == "NIRGraph"]
        for name, node in nodes.items():
            if name not in inner:
                self._add_node(Spec(prefix + name, node["type"], node))
        for name in inner:
            self._add(nodes[name], f"{prefix}{name}.", audit)
        self.edges += [(prefix + a, prefix + b) for a, b in _edges(graph, where, nodes)]
        for name in inner:
            self._dissolve(prefix + name, nodes[name]["nodes"], audit)

    def _add_node(self, spec: Spec) -> None:
        if spec.name in self.nodes:
            msg = f"there are two nodes {spec.name!r}, one of them in a nested graph: rename one"
            raise ConfigError(msg)
        if spec.type not in _ENDS:
            kind_of(spec.type, spec.title)
        self.nodes[spec.name] = spec

    def _dissolve(self, name: str, nodes: dict[str, Any], audit: Audit) -> None:
        """Join the edges of a nested graph with those of its Input and its Output, and take these three away."""
        gates = {type: [f"{name}.{n}" for n, node in nodes.items() if node["type"] == type] for type in _ENDS}
        if any(len(found) != 1 for found in gates.values()):
            msg = f"the nested graph {name!r} has {gates}, expected one Input and one Output"
            raise ConfigError(msg)
        (entry,), (exit,) = gates["Input"], gates["Output"]
        renamed = [(exit if a == name else a, entry if b == name else b) for a, b in self.edges]
        for gate in (entry, exit):
            arriving, leaving = [a for a, b in renamed if b == gate], [b for a, b in renamed if a == gate]
            if gate in arriving:
                msg = f"the nested graph {name!r} feeds itself, with no node in between: take the edge away"
                raise ConfigError(msg)
            renamed = [edge for edge in renamed if gate not in edge] + [(a, d) for a in arriving for d in leaving]
            _refuse_twice(renamed)  # here already: each graph that only passes on may double them
            del self.nodes[gate]
        self.edges = renamed
        audit.note(name, f"a nested graph, taken apart: its nodes have names that begin with {name + '.'!r}")

    def _check(self) -> None:
        if missing := [type for type in _ENDS if not self.ends(type)]:
            msg = f"the graph has no {' and no '.join(missing)}: add nodes={{'input': nir.Input(...), ...}} and edges"
            raise ConfigError(msg)
        for name, spec in self.nodes.items():
            if spec.type != "Input" and not self.before(name):
                msg = f"nothing arrives at {spec.title}: add an edge, as in edges=[('input', {name!r})]"
                raise ConfigError(msg)


def _type(node: Any, name: str) -> str:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        msg = f"node {name!r} has no type, expected one such as 'LIF': write it with nir.write"
        raise ConfigError(msg)
    return str(node["type"])


def _edges(graph: dict[str, Any], where: str, nodes: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = np.asarray(graph.get("edges", ()), dtype=object)
    if pairs.size and (pairs.ndim != 2 or pairs.shape[1] != 2):
        msg = f"{where} has edges of shape {pairs.shape}, expected pairs of names, such as ('input', 'lif')"
        raise ConfigError(msg)
    edges = [(_text(a), _text(b)) for a, b in pairs] if pairs.size else []
    for edge in edges:
        for name in edge:
            if name not in nodes:
                hint = f"{nearest(name, nodes)} Nodes: {', '.join(nodes)}"
                msg = f"{where} has the edge {edge}, but no node {name!r}.{hint}"
                raise UnknownNameError(msg)
        _refuse_backwards(edge, nodes[edge[0]]["type"], nodes[edge[1]]["type"], where)
    _refuse_twice(edges)
    return edges


def _refuse_backwards(edge: tuple[str, str], source: str, target: str, where: str) -> None:
    if source == "Output" or target == "Input":
        end = f"from {edge[0]!r}, an Output" if source == "Output" else f"to {edge[1]!r}, an Input"
        msg = f"{where} has the edge {edge} {end}: values go from an Input to an Output, join the nodes next to them"
        raise ConfigError(msg)


def _refuse_twice(edges: list[tuple[str, str]]) -> None:
    (edge, times), *_ = Counter(edges).most_common(1) or [(("", ""), 0)]
    if times > 1:
        a, b = edge
        msg = f"the edge from {a!r} to {b!r} is there more than once: give it once, its values are not added up"
        raise ConfigError(msg)


def _text(name: Any) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
