"""The order of a graph's work: stages of fused loops, between which threads wait for each other.

A node is computed as late as its readers allow. So element-wise nodes gather in the loop that reads them, and little
is written to memory in between: a step of a network is one loop over its cells for each time that spikes propagate.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from dataclasses import dataclass, field

from isospike.graph.aval import is_floating
from isospike.graph.ir import Node, Value
from isospike_codegen.expressions import is_pointwise
from isospike_codegen.prepare import Prepared

__all__ = ["Kind", "Region", "Schedule", "Stage", "kind_of"]


class Kind(enum.Enum):
    """How a node is computed."""

    SCALAR = "a local variable of every thread"
    LAST = "the same, which nothing but others of these read: it is computed when the arrays of its stage are there"
    ELEMENT = "a line of a fused loop over the elements of its result"
    COUNT = "a line of a fused loop over the elements of its operand: their sum in integers, any of them, all of them"
    CALL = "code of its own, or a loop"


@dataclass
class Region:
    """A fused loop over the elements of one shape."""

    shape: tuple[int, ...]
    nodes: list[Node] = field(default_factory=list)


@dataclass
class Stage:
    """Work in this order: scalars, fused loops that do not read each other, calls that do not either, last scalars."""

    scalars: list[Node] = field(default_factory=list)
    regions: dict[tuple[int, ...], Region] = field(default_factory=dict)
    calls: list[Node] = field(default_factory=list)
    last: list[Node] = field(default_factory=list)


def kind_of(node: Node) -> Kind:
    """Return how a node is computed."""
    if is_pointwise(node):
        return Kind.ELEMENT if node.outputs[0].aval.shape else Kind.SCALAR
    is_count = node.op.name in ("sum", "any", "all") and not is_floating(node.outputs[0].aval.dtype)
    if is_count and node.inputs[0].aval.shape and not node.outputs[0].aval.shape:
        return Kind.COUNT
    return Kind.CALL


class Schedule:
    """The stages of a prepared graph.

    Parameters
    ----------
    prepared : Prepared
        The graph.

    Attributes
    ----------
    stages : list of Stage
    """

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.kinds = {node: kind_of(node) for node in prepared.nodes}
        self.made = {v: node for node in prepared.nodes for v in node.outputs}
        self.readers: dict[Value, list[Node]] = defaultdict(list)
        for node in prepared.nodes:
            for base in dict.fromkeys(prepared.views[v].base for v in node.inputs):
                self.readers[base].append(node)
        for node in reversed(prepared.nodes):
            if self.kinds[node] is Kind.SCALAR and all(
                self.kinds[reader] is Kind.LAST for v in node.outputs for reader in self.readers[v]
            ):
                self.kinds[node] = Kind.LAST
        self.stage_of = self._latest()
        self.stages = self._filled()

    def loop_shape(self, node: Node) -> tuple[int, ...]:
        """Return the shape whose elements the fused loop of a node runs over."""
        value = node.inputs[0] if self.kinds[node] is Kind.COUNT else node.outputs[0]
        return value.aval.shape

    def is_local(self, value: Value) -> bool:
        """Say whether all that read a value are lines of the loop that makes it, at the same element."""
        maker = self.made[value]
        return all(self._in_one_loop(maker, value, reader) for reader in self.readers[value])

    def may_overwrite(self, result: Value, given: Value) -> bool:
        """Say whether a result can be written over an input: nothing reads that later, or at another element."""
        maker = self.made[result]
        at = self.stage_of[maker]
        return self.kinds[maker] is Kind.ELEMENT and all(
            self.stage_of[reader] < at or self._in_one_loop(maker, value, reader)
            for value in self._in_place(given)
            for reader in self.readers[value]
        )

    def _in_place(self, value: Value) -> list[Value]:
        """Return a value, and what is accumulated where it lies."""
        sums = [n.outputs[0] for n in self.readers[value] if n.op.name == "event_add" and n.inputs[0] is value]
        return [value, *(v for y in sums for v in self._in_place(y))]

    def _in_one_loop(self, maker: Node, value: Value, reader: Node) -> bool:
        fused = (Kind.ELEMENT, Kind.COUNT)
        return (
            self.kinds[maker] in fused
            and self.kinds[reader] in fused
            and self.stage_of[maker] == self.stage_of[reader]
            and self._reads_element(maker, value, reader)
        )

    def _reads_element(self, maker: Node, value: Value, reader: Node) -> bool:
        """Say whether a line of a loop reads a value at the element that the loop is at."""
        shape = self.loop_shape(reader)
        views = [self.prepared.views[v] for v in reader.inputs if self.prepared.views[v].base is value]
        gathered = reader.op.name in ("take", "inverse_tail") and self.prepared.views[reader.inputs[0]].base is value
        return self.loop_shape(maker) == shape and not gathered and all(v.is_whole and v.shape == shape for v in views)

    def _distance(self, maker: Node, value: Value, reader: Node) -> int:
        """Return how many stages a reader is later than what it reads, at least."""
        made, reads = self.kinds[maker], self.kinds[reader]
        if made is Kind.SCALAR or reads is Kind.LAST:
            return 0
        if made is Kind.CALL:
            return 1
        if reads is Kind.CALL:
            return 0
        if made is Kind.COUNT or reads is Kind.SCALAR:
            return 1
        return 0 if self._reads_element(maker, value, reader) else 1

    def _latest(self) -> dict[Node, int]:
        """Return the latest stage of each node, the first one being 0."""
        before: dict[Node, int] = {}
        for node in reversed(self.prepared.nodes):
            ahead = [
                before[reader] - self._distance(node, v, reader) for v in node.outputs for reader in self.readers[v]
            ]
            before[node] = min(ahead, default=0)
        first = min(before.values(), default=0)
        return {node: stage - first for node, stage in before.items()}

    def _filled(self) -> list[Stage]:
        stages = [Stage() for _ in range(1 + max(self.stage_of.values(), default=-1))]
        for node in self.prepared.nodes:
            stage, kind = stages[self.stage_of[node]], self.kinds[node]
            plain = {Kind.SCALAR: stage.scalars, Kind.CALL: stage.calls, Kind.LAST: stage.last}
            if kind in plain:
                plain[kind].append(node)
            else:
                shape = self.loop_shape(node)
                stage.regions.setdefault(shape, Region(shape)).nodes.append(node)
        return stages
