"""A graph made ready for code: what only rearranges elements becomes a view, or a copy where no view says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node, Origin, Value
from isospike.graph.op import op
from isospike_codegen.view import View, whole

__all__ = ["REARRANGED", "Prepared", "prepare"]

# Operations that stand for their first operand. A program that guards its products is compiled without contraction.
_ALIASES = {"guard", "identity", "stop_gradient"}
# Operands, by position, that code of the operation finds in memory row by row.
_IN_ROWS: dict[str, Callable[[int], bool]] = {
    "event_add": lambda i: i > 0,
    "event_matvec": lambda i: True,
    "inverse_tail": lambda i: i == 0,
    "matmul": lambda i: True,
    "scan": lambda i: True,
    "when": lambda i: True,
    "while_loop": lambda i: True,
}
# Their results are arrays that what follows may write over.
_MAKING = {"event_add", "event_matvec"}


@dataclass(frozen=True)
class Prepared:
    """Nodes that compute something, and how each value is read.

    An ``identity`` among the nodes is a copy. Every output is the whole of one node's result, of one output only.
    """

    inputs: tuple[Value, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Value, ...]
    views: dict[Value, View]


def prepare(graph: Graph, own: Collection[Value] = ()) -> Prepared:
    """Return the graph with views in place of the nodes that only rearrange.

    Parameters
    ----------
    graph : Graph
    own : collection of Value
        Inputs that may be written over when nothing else reads them.
    """
    uses = Counter(v for node in graph.nodes for v in node.inputs) + Counter(graph.outputs)
    work = _Preparation({v: whole(v) for v in graph.inputs}, [], {v for v in own if uses[v] == 1}, uses)
    for node in graph.nodes:
        work.add(node)
    outputs: list[Value] = []
    # What accumulates lies where it began.
    made = {v for node in work.nodes for v in node.outputs if node.op.name != "event_add"}
    for value in graph.outputs:
        view = work.views[value]
        is_free = view.is_whole and view.base in made and view.base not in outputs
        origin = next((n.origin for n in graph.nodes if value in n.outputs), Origin())
        outputs.append(view.base if is_free else work.copy(view, origin))
    return Prepared(graph.inputs, tuple(work.nodes), tuple(outputs), work.views)


@dataclass(frozen=True)
class _Preparation:
    views: dict[Value, View]
    nodes: list[Node]
    own: set[Value]
    uses: Counter[Value]

    def add(self, node: Node) -> None:
        name = node.op.name
        if name in _ALIASES:
            self.views[node.outputs[0]] = self.views[node.inputs[0]].broadcast(node.outputs[0].aval.shape)
        elif name in _VIEWS:
            self.views[node.outputs[0]] = self._rearranged(node)
        else:
            in_rows = _IN_ROWS.get(name)
            inputs = tuple(self._in_rows(v, node) if in_rows and in_rows(i) else v for i, v in enumerate(node.inputs))
            if name == "event_add" and inputs[0] not in self.own:
                inputs = (self.copy(self.views[inputs[0]], node.origin), *inputs[1:])
            self.nodes.append(node.with_inputs(inputs))
            self.views.update({v: whole(v) for v in node.outputs})
            self.own.update(v for v in node.outputs if name in _MAKING and self.uses[v] == 1)

    def copy(self, view: View, origin: Origin) -> Value:
        """Add a copy of what a view reads, and return it."""
        source, result = Value(Aval(view.shape, view.base.aval.dtype)), Value(Aval(view.shape, view.base.aval.dtype))
        self.views[source], self.views[result] = view, whole(result)
        self.nodes.append(Node(op("identity"), (source,), {}, (result,), origin))
        return result

    def _rearranged(self, node: Node) -> View:
        view = self.views[node.inputs[0]]
        found: View | None = _VIEWS[node.op.name](view, **node.attributes)
        if found is None:
            found = whole(self.copy(view, node.origin)).reshape(**node.attributes)
            assert found is not None
        return found

    def _in_rows(self, value: Value, node: Node) -> Value:
        view = self.views[value]
        # A single number in another shape may be a variable, which has no element.
        is_row = view.is_contiguous and bool(view.base.aval.shape or not view.shape)
        return value if is_row else self.copy(view, node.origin)


_VIEWS: dict[str, Callable[..., Any]] = {
    "broadcast_to": lambda view, shape: view.broadcast(shape),
    "index": lambda view, index: view.index(index),
    "permute_dims": lambda view, axes: view.permute(axes),
    "reshape": lambda view, shape: view.reshape(shape),
}
REARRANGED = frozenset({*_ALIASES, *_VIEWS})
