"""A small network and a backend with a fault, for the judges of the levels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import isospike as iso
from isospike import units as u
from isospike.graph.ir import Graph, Node
from isospike.graph.op import Op
from isospike.graph.passes.rewrite import map_bodies
from isospike_conformance.case import Case
from isospike_conformance.levels import Subject
from isospike_conformance.references import References
from isospike_conformance.way import Way

DOCTORED = Way("doctored")


def build() -> iso.Network:
    """Return cells that excite each other and spike every few milliseconds."""
    net = iso.Network()
    cells = iso.LIFRef(
        20,
        V_rest=-60 * u.mV,
        V_th=-50 * u.mV,
        V_reset=-60 * u.mV,
        tau=20 * u.ms,
        tau_ref=2 * u.ms,
        R=100 * u.Mohm,
        V_initializer=iso.Uniform(-60 * u.mV, -50 * u.mV),
    )
    net.add_population("cells", cells)
    syn, out = iso.Expon.desc(tau=5 * u.ms, g_initializer=1 * u.nS), iso.COBA.desc(E=0 * u.mV)
    net.add_projection(
        "exc", iso.AlignPostProj(comm=iso.FixedProb(20, 20, 0.3, 2 * u.nS), syn=syn, out=out, post=cells), pre="cells"
    )
    net.add_input("drive", iso.ConstantInput(20, amplitude=200 * u.pA), target="cells")
    return net


@pytest.fixture
def tiny() -> Case:
    """A recurrent network of 20 cells, 60 steps long."""
    return Case("tiny", "A network for tests.", build, steps=60)


@pytest.fixture
def references() -> Iterator[References]:
    """What the reference makes of cases, closed at the end of the test."""
    references = References()
    yield references
    references.close()


@pytest.fixture
def subject(tiny: Case, references: References) -> Callable[..., Subject]:
    """Return a function that makes a subject, by default the small network on the doctored backend in float32."""

    def make(way: Way = DOCTORED, precision: str = "float32", case: Case | None = tiny, **more: Any) -> Subject:
        return Subject(way, precision, references, case, **more)

    return make


@pytest.fixture
def off(doctored: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that gives the doctored backend another result of one operation, wherever it stands."""

    def break_(name: str, change: Callable[[Any], Any]) -> Any:
        backend = doctored("none")
        honest = backend.compile

        def rewritten(graph: Graph) -> Graph:
            return Graph(graph.inputs, tuple(replaced(map_bodies(n, rewritten)) for n in graph.nodes), graph.outputs)

        def replaced(node: Node) -> Node:
            if node.op.name != name:
                return node
            op, evaluate = node.op, node.op.evaluate
            assert evaluate is not None
            other = Op(f"{name}_off", op.infer, lambda xp, *x, **k: change(evaluate(xp, *x, **k)), op.cast)
            return Node(other, node.inputs, node.attributes, node.outputs, node.origin)

        monkeypatch.setattr(backend, "compile", lambda graph, **more: honest(rewritten(graph), **more))
        return backend

    return break_
