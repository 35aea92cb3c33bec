"""Backends that are wrong in one known way, to be caught by what compares backends; and a small network file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from isospike import select
from isospike.cli import app
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node
from isospike.graph.op import Op, unchanged
from isospike.graph.passes.rewrite import map_bodies
from isospike_conformance.comparison import ensemble
from isospike_numpy.backend import _LOWERINGS, NumpyBackend

NETWORK = """
[run]
duration = "30 ms"
dt = "0.1 ms"
seed = 3

[populations.cells]
model = "LIFRef"
size = 20
V_rest = "-60 mV"
V_th = "-50 mV"
V_reset = "-60 mV"
tau = "20 ms"
R = "100 Mohm"
V_initializer = { kind = "Uniform", low = "-60 mV", high = "-50 mV" }

[projections.exc]
pre = "cells"
post = "cells"
comm = { kind = "FixedProb", prob = 0.3, weight = "6 nS" }
syn = { kind = "Expon", tau = "5 ms", g_initializer = { kind = "Uniform", low = "1 nS", high = "9 nS" } }
out = { kind = "COBA", E = "0 mV" }

[inputs.drive]
model = "ConstantInput"
target = "cells"
amplitude = "200 pA"
"""


SLIGHT = 2**-10  # which no later rounding hides


def nudged(x: Any, by: float) -> Any:
    """Return an array with its last element off by a fraction."""
    y = np.array(x)
    y.reshape(-1)[-1:] *= y.dtype.type(1 + by)
    return y


def _fma(xp: Any, a: Any, b: Any, c: Any) -> Any:
    return (a.astype(np.float64) * b + c).astype(a.dtype)


def _same(*avals: Aval) -> Aval:
    return avals[-1]


def fused(graph: Graph) -> Graph:
    """Return the graph as a compiler that contracts: a product that nothing but one sum needs is not rounded."""
    graph = Graph(graph.inputs, tuple(map_bodies(n, fused) for n in graph.nodes), graph.outputs)
    products = {n.outputs[0]: n for n in graph.nodes if n.op.name == "multiply"}
    nodes = [_contracted(n, products, graph.outputs) for n in graph.nodes]
    return Graph(graph.inputs, tuple(nodes), graph.outputs)


def _contracted(node: Node, products: dict[Any, Node], kept: Sequence[Any]) -> Node:
    product = next((v for v in node.inputs if v in products and v not in kept), None)
    if node.op.name != "add" or product is None or node.outputs[0].aval.dtype != "float32":
        return node
    other = node.inputs[1 - node.inputs.index(product)]
    op = Op("fma", _same, _fma, unchanged)
    return Node(op, (*products[product].inputs, other), {}, node.outputs, node.origin)


def nudging(op: str, by: float = SLIGHT) -> Callable[[Graph], Graph]:
    """Return a rewriting after which one operation of a model is off in its last element."""

    def rewrite(graph: Graph) -> Graph:
        return Graph(graph.inputs, tuple(_nudged(map_bodies(n, rewrite), op, by) for n in graph.nodes), graph.outputs)

    return rewrite


def _nudged(node: Node, name: str, by: float) -> Node:
    if node.op.name != name or not node.origin.module or not node.outputs[0].aval.shape:
        return node
    honest = _LOWERINGS.get(name) or partial(node.op.evaluate, np)
    off = Op(f"{name}_off", node.op.infer, lambda xp, *x, **k: nudged(honest(*x, **k), by), node.op.cast)
    return Node(off, node.inputs, node.attributes, node.outputs, node.origin)


def in_long_loops(rewrite: Callable[[Graph], Graph]) -> Callable[[Graph], Graph]:
    """Return a rewriting that happens in compiled loops of more than one step only."""

    def chosen(graph: Graph) -> Graph:
        is_long = any(n.op.name == "scan" and n.attributes["capacity"] > 1 for n in graph.nodes)
        return rewrite(graph) if is_long else graph

    return chosen


FAULTS = {
    "none": lambda graph: graph,
    "op": nudging("exprel"),
    "strong": nudging("exprel", 0.5),
    "product": nudging("multiply"),
    "fma": fused,
    "loop": in_long_loops(nudging("exprel")),
    "product in loops": in_long_loops(nudging("multiply")),
}


@pytest.fixture
def doctored(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], NumpyBackend]:
    """Return a function that makes a fault, one of ``FAULTS``, that of the backend ``doctored``."""
    honest = select._make

    def doctor(fault: str) -> NumpyBackend:
        class Doctored(NumpyBackend):
            name = "doctored"

            def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Any:
                return super().compile(FAULTS[fault](graph), donate=donate)

        backend = Doctored()
        chosen = lambda name, device, engine: backend if name == "doctored" else honest(name, device, engine)  # noqa: E731
        monkeypatch.setattr(select, "_make", chosen)
        return backend

    return doctor


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the seeds of level L2 warm up for a hundredth of the time."""
    monkeypatch.setattr(ensemble, "WARMUP_MS", 5.0)


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that writes the network, with replacements, to net.toml in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def write(*replacements: tuple[str, str]) -> Path:
        text = NETWORK
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        file = tmp_path / "net.toml"
        file.write_text(text)
        return file

    return write


@pytest.fixture
def isospike(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that calls the command line in this process."""
    for variable in ("ISOSPIKE_DEBUG", "ISOSPIKE_BACKEND"):
        monkeypatch.delenv(variable, raising=False)
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
