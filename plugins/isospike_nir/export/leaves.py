"""Leaves: the modules that are nodes of NIR, described as they are called."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from isospike import units
from isospike.comm import Comm
from isospike.delay import Delay
from isospike.dynamics import Dynamics
from isospike.errors import ConfigError
from isospike.module import Module
from isospike.neuron import Neuron
from isospike.projection import Projection
from isospike_models.readouts.li import LI
from isospike_nir.export.cells import add_cell, check_current
from isospike_nir.export.connections import matrix, written_unit
from isospike_nir.export.description import Description, refuse
from isospike_nir.export.flow import GIVEN, Flow, Source
from isospike_nir.export.projections import Projections, check
from isospike_nir.export.synapses import add_synapse

__all__ = ["Leaves", "is_source"]


def is_source(module: Module) -> bool:
    """Say whether a module takes nothing, as a source of spikes or of a current does."""
    return isinstance(module, Dynamics) and not inspect.signature(module.update).parameters


class Leaves:
    """Describes calls of modules.

    Parameters
    ----------
    to : Description
        Where to add nodes.
    modules : mapping of str to Module
        The modules by path.
    arguments : list of str
        Names of the arguments of the step.
    """

    def __init__(self, to: Description, modules: Mapping[str, Module], arguments: list[str]) -> None:
        self.to, self.arguments = to, arguments
        self.called: dict[str, Flow | None] = {}
        cells = {id(m): path for path, m in modules.items() if isinstance(m, Neuron)}
        self.projections = Projections(to, cells)

    def call(self, path: str, module: Any, *args: Any) -> Any:
        """Add the nodes of a call."""
        if path in self.called:
            refuse(f"{path!r}, a {type(module).__name__}, is called twice in a step", "one call of each module")
        flows = [x for x in args if x is not None]
        if any(not isinstance(x, Flow) for x in flows) or len(flows) > 1:
            refuse(f"{path!r}, a {type(module).__name__}, is called with {args!r}", "calls with one value of a module")
        self.called[path] = result = self._result(path, module, flows[0] if flows else None)
        return result

    def past(self, path: str, module: Neuron) -> Flow:
        """Return the spikes of a population: of this step where it was called already, else of the step before."""
        now = self.called.get(path)
        return Flow((Source(path, late=True),), module.size, None) if now is None else now

    def sources(self, flow: Flow, size: int, unit: str = "") -> list[str]:
        """Return the nodes of a flow to a node of the given size, and add its Inputs, and a Delay to each past."""
        return [self._source(source, size, unit) for source in flow.sources]

    def finish(self, title: str, result: Any) -> None:
        """Add the Outputs, and check that whatever was joined is there."""
        for name, flow in _outputs(result).items():
            if not isinstance(flow, Flow) or not flow.size:
                refuse(f"{title}.update returns {result!r}", "what a module returns, or a tuple or dict of that")
            while name in self.to.nodes:
                name += "_"  # a module of that name, as in self.output = iso.Linear(...)
            self.to.end(name, "Output", flow.size, self.sources(flow, flow.size))
            if flow.unit is not None:
                self.to.audit.note(name, f"its values are in {units.unit_name(flow.unit)}")
        for edge in self.to.edges:
            if missing := sorted(set(edge) - self.to.nodes.keys()):
                msg = f"{title}.update does not call {missing[0]!r}, which gives to others or gets from them: call it"
                raise ConfigError(msg)

    def _result(self, path: str, module: Any, flow: Flow | None) -> Flow | None:
        if isinstance(module, Neuron):
            return self._cell(path, module, flow)
        if flow is None and is_source(module):
            return self._given(path, module)
        if isinstance(module, Projection):
            check(path, module)
        if flow is None:
            refuse(f"{path!r}, a {type(module).__name__}, is called without a value", "calls with what others return")
        if isinstance(module, Projection):
            self._projection(path, module, flow)
            return None
        if isinstance(module, Comm):
            return self._connection(path, module, flow)
        if isinstance(module, Delay):
            return self._delay(path, module, flow)
        _, given = add_synapse(self.to, path, module, self.sources(flow, module.size))
        return Flow(tuple(map(Source, given)), module.size, flow.plain().unit)

    def _cell(self, path: str, cell: Neuron, flow: Flow | None) -> Flow:
        sources = []
        if flow is not None:
            factor = check_current(path, units.parse_unit("mA") if flow.unit is GIVEN else flow.unit)
            sources = self.sources(flow, cell.size, unit="mA" if factor == 1.0 else units.unit_name(flow.unit))
            if factor != 1.0:
                sources = [self.to.add(f"{path}_in_mA", "Scale", sources, scale=np.full(cell.size, factor))]
        add_cell(self.to, path, cell, sources)
        return Flow((Source(path),), cell.size, units.parse_unit("mV") if type(cell) is LI else None)

    def _given(self, path: str, source: Any) -> Flow:
        """Return what a source of spikes or currents gives, as an Input."""
        size = math.prod(source.out_size)
        is_current = type(source).spike is Dynamics.spike
        what = "what it gave, in mA," if is_current else "its spikes, as 0 and 1,"
        self.to.end(path, "Input", size)
        self.to.audit.note(path, f"a {type(source).__name__}: give {what} in each step")
        return Flow((Source(path),), size, units.parse_unit("mA") if is_current else None)

    def _projection(self, path: str, proj: Any, flow: Flow) -> None:
        post = self.projections.names.get(id(proj.post), "")
        if post in self.called:
            refuse(f"projection {path!r} is called after its target {post!r}", "projections that are called before it")
        late = all(source.late and source.part is None for source in flow.sources)
        nodes = [source.name for source in flow.sources] if late else self.sources(flow, proj.comm.n_pre)
        self.projections.add(path, proj, nodes, late=int(late))

    def _connection(self, path: str, comm: Comm, flow: Flow) -> Flow:
        weight, bias, unit = matrix(path, comm, flow.plain().unit)
        wanted = written_unit(unit)
        if wanted is not None:
            weight, bias = (units.rescale(x, unit, wanted) for x in (weight, bias))
        self.to.weights(path, self.sources(flow, comm.n_pre), weight, bias)
        return Flow((Source(path),), weight.shape[0], wanted)

    def _delay(self, path: str, delay: Delay, flow: Flow) -> Flow:
        if delay.interpolation != "nearest":
            refuse(f"{path!r} is a Delay that is interpolated between steps", "one in whole steps")
        self.to.delay(path, self.sources(flow, delay.n), np.asarray(delay.steps).reshape(-1), delay.n)
        return Flow((Source(path),), delay.n, flow.plain().unit)

    def _source(self, source: Source, size: int, unit: str) -> str:
        """Return the node that gives what a source stands for, and add it where it is not there yet."""
        name, part = source.name, source.part
        size = size if part is None else part[2]
        if name in self.arguments and name not in self.to.nodes:
            self.to.end(name, "Input", size)
            text = f"an argument of update: give its values{f', in {unit},' if unit else ''} in each step"
            self.to.audit.note(name, text)
        if source.late:
            name, whole = f"{name}_before", name
            if name not in self.to.nodes:
                self.to.delay(name, [whole], 1, size)
                self.to.audit.note(name, f"what {whole!r} gave in the step before")
        if part is not None:
            name, whole = f"{name}_{part[0]}_to_{part[1] - 1}", name
            if name not in self.to.nodes:
                self.to.weights(name, [whole], np.eye(size)[part[0] : part[1]])
                self.to.audit.note(name, f"a range of what {whole!r} gives")
        return name


def _outputs(result: Any) -> dict[str, Any]:
    if isinstance(result, dict):
        return {f"output_{key}": value for key, value in result.items()}
    if isinstance(result, list | tuple):
        return {f"output_{k}": value for k, value in enumerate(result)}
    return {"output": result}
