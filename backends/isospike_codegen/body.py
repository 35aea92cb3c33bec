"""A graph as lines of code: the fused loops and the scalars of each stage, and the calls between them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from isospike.graph.ir import Graph, Node, Origin, Value
from isospike_codegen.calls import call
from isospike_codegen.elements import element, strides_read
from isospike_codegen.expressions import TYPES
from isospike_codegen.loops import Loop, Strides, loop_over
from isospike_codegen.names import Names
from isospike_codegen.place import Array, Place, Scalar, Workspace
from isospike_codegen.prepare import prepare
from isospike_codegen.reductions import start, update
from isospike_codegen.schedule import Kind, Region, Schedule, Stage
from isospike_codegen.text import Text
from isospike_codegen.view import View

__all__ = ["Body"]


class Body:
    """Writes a graph, or one that a node of it holds.

    Parameters
    ----------
    graph : Graph
    names : Names
    space : Workspace
    text : Text
        Where the lines go.
    own : collection of Value
        Inputs that may be written over.
    """

    def __init__(self, graph: Graph, names: Names, space: Workspace, text: Text, own: Collection[Value] = ()) -> None:
        self.graph, self.names, self.space, self.text = graph, names, space, text
        self.prepared = prepare(graph, own)
        self.schedule = Schedule(self.prepared)
        self.places: dict[Value, Place] = {}
        # Results that are stored only under a condition.
        self.conditions: dict[Value, str] = {}

    def inside(self, graph: Graph, own: Collection[Value] = ()) -> Body:
        """Return the writer of a graph that a node holds."""
        return Body(graph, self.names, self.space, self.text, own)

    def write(self, inputs: Sequence[Place], outputs: Sequence[Place]) -> None:
        """Write the code that computes the outputs, in their places, from inputs in theirs."""
        self.places.update(zip(self.graph.inputs, inputs, strict=True))
        targets = dict(zip(self.prepared.outputs, outputs, strict=True))
        self.places.update({v: p for v, p in targets.items() if isinstance(p, Array)})
        for stage in self.schedule.stages:
            self._stage(stage)
        for value, place in targets.items():
            if isinstance(place, Scalar):
                self.text.line(f"{place.name} = {self.places[value].name};")

    def origin_of(self, value: Value) -> Origin:
        """Return where a value comes from."""
        return self.schedule.made[value].origin

    def view(self, value: Value) -> View:
        """Return how a value is read."""
        return self.prepared.views[value]

    def read(self, value: Value, loop: Loop | None = None) -> str:
        """Return an expression for a scalar, or for the element of an array that a loop is at."""
        return self.read_at(value, self.view(value).broadcast(loop.shape).strides if loop else (), loop)

    def read_at(self, value: Value, strides: Strides, loop: Loop | None) -> str:
        """Return an expression for the element of an array that lies along the axes of a loop as the strides say."""
        view = self.view(value)
        place = self.places[view.base]
        if isinstance(place, Scalar):
            return place.name
        return place.element(loop.place(strides, view.offset) if loop else view.offset)

    def pointer(self, value: Value) -> str:
        """Return an expression for the address of elements that follow each other."""
        view = self.view(value)
        place = self.places[view.base]
        if isinstance(place, Scalar):
            return f"&{place.name}"
        return f"{place.name} + {view.offset}" if view.offset else place.name

    def array(self, value: Value, node: Node) -> Array:
        """Return the array of a value that a node makes, in the workspace if it is not an output."""
        if value not in self.places:
            self.places[value] = self.space.array(self.names.new(node.op.name, node.origin), value.aval)
        place = self.places[value]
        assert isinstance(place, Array)
        return place

    def define(self, value: Value, name: str) -> None:
        """Let a variable hold a value."""
        self.places[value] = Scalar(name, value.aval.dtype)

    def _stage(self, stage: Stage) -> None:
        for node in stage.scalars:
            self._line(node, None)
        for region in stage.regions.values():
            self._region(region)
        if stage.regions:
            self.text.line("team.sync();")
        for node in stage.calls:
            call(self, node)
        if stage.calls:
            self.text.line("team.sync();")
        for node in stage.last:
            self._line(node, None)
        # What they read may be written over by what follows.
        if any(isinstance(self.places[self.view(v).base], Array) for node in stage.last for v in node.inputs):
            self.text.line("team.sync();")

    def _line(self, node: Node, loop: Loop | None) -> None:
        """Write the line of a node: a variable that holds its result, or the element that the loop is at."""
        name, (value,) = self.names.new(node.op.name, node.origin), node.outputs
        self.text.line(f"const {TYPES[value.aval.dtype]} {name} = {element(self, node, loop)};", node.origin)
        self.define(value, name)

    def _region(self, region: Region) -> None:
        kinds = self.schedule.kinds
        lines = [n for n in region.nodes if kinds[n] is Kind.ELEMENT]
        counts = {n: self._counter(n) for n in region.nodes if kinds[n] is Kind.COUNT}
        arrays = {n.outputs[0]: self.array(n.outputs[0], n) for n in lines if self._is_stored(n.outputs[0])}
        strides = [s for n in region.nodes for s in strides_read(self, n, region.shape)]
        apart = len(region.shape) > 1 and any(n.op.name == "random_bits" for n in lines)
        with loop_over(self.text, region.shape, strides, apart=apart) as loop:
            for node in lines:
                self._line(node, loop)
            for node, name in counts.items():
                self.text.line(update(node, name, self.read(node.inputs[0], loop)), node.origin)
            # Last, as a result may lie where an input is read.
            for value, array in arrays.items():
                condition = self.conditions.get(value, "")
                self.text.line(f"{condition}{array.name}[{loop.element}] = {self.places[value].name};")
        self.places.update(arrays)
        for node, name in counts.items():
            self.text.line(f"{name} = team.{node.op.name}({name});", node.origin)
            self.define(node.outputs[0], name)

    def _is_stored(self, value: Value) -> bool:
        return value in self.places or not self.schedule.is_local(value)

    def _counter(self, node: Node) -> str:
        name = self.names.new(node.op.name, node.origin)
        self.text.line(f"{TYPES[node.outputs[0].aval.dtype]} {name} = {start(node)};", node.origin)
        return name
