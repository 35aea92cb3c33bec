"""Describe a network of isospike in the terms of NIR."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from isospike import environ, units
from isospike.delay import Delay
from isospike.errors import ConfigError
from isospike.module import Module
from isospike.namespace import to_host
from isospike.network import Network, Wire
from isospike_models.neurons.if_ import IF
from isospike_models.neurons.lif import LIF
from isospike_models.outputs.cuba import CUBA
from isospike_models.projections.current_proj import CurrentProj
from isospike_nir.audit import Audit

__all__ = ["described"]


def described(network: Network, audit: Audit) -> dict[str, Any]:
    """Return a network as a graph of plain dicts, and note what NIR has no word for.

    Sources of spikes and input currents become Inputs, and every other population has an Output.

    Raises
    ------
    ConfigError
        A population or projection has no counterpart in NIR.
    """
    graph = _Description(audit)
    for name, population in network.populations.items():
        graph.add_population(name, population)
    for name, target in network.input_targets.items():
        shape = np.array(vars(network)[name].out_size)
        graph.add(name, "Input", [], shape=shape)
        graph.edges.append((name, target))
        audit.note(name, "an input of the network: give what it was, in mA, in each step")
    for name, wire in network.projection_wires.items():
        graph.add_projection(name, vars(network)[name], wire, network)
    return {"type": "NIRGraph", "nodes": graph.nodes, "edges": graph.edges}


class _Description:
    """The nodes and edges that have been described so far."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.nodes: dict[str, dict[str, Any]] = {}
        self.edges: list[tuple[str, str]] = []

    def add(self, name: str, type: str, sources: list[str], **fields: Any) -> None:
        """Add a node and the edges to it."""
        if name in self.nodes:
            msg = f"the network has a part {name!r}, which is the name of a node that comes with another: rename it"
            raise ConfigError(msg)
        self.nodes[name] = {"type": type, **fields}
        self.edges += [(source, name) for source in sources]

    def add_population(self, name: str, population: Module) -> None:
        """Add neurons with an Output, or a source of spikes as an Input."""
        shape = np.array(population.in_size)
        if not inspect.signature(population.update).parameters:
            self.add(name, "Input", [], shape=shape)
            self.audit.note(name, f"a {type(population).__name__}: give its spikes, as 0 and 1, in each step")
            return
        if type(population) not in (LIF, IF):
            _refuse(f"population {name!r} is a {type(population).__name__}", "iso.LIF or iso.IF")
        if population.spk_reset == "soft":
            self.audit.note(name, "its soft reset, which keeps the overshoot, is written as a reset to V_reset")
        if type(population) is LIF and population.method == "euler":
            self.audit.note(
                name, "its steps of forward Euler have no word in NIR: profile 'exact' makes others of them"
            )
        self.audit.note(name, "starts at V_rest, or at 0 without one: NIR has no initial potential")
        self.audit.note(name, "a cell spikes above V_th in NIR, and also at V_th itself in isospike")
        self.add(name, type(population).__name__, [], **_parameters(population, shape))
        self.add(f"{name}_output", "Output", [name], shape=shape)

    def add_projection(self, name: str, projection: Module, wire: Wire, network: Network) -> None:
        """Add a delay, which has the step that each projection takes, and the weights as one matrix."""
        plain = isinstance(projection, CurrentProj) and projection.stp is None and not projection.pre_modules
        if not plain or not isinstance(projection.out, CUBA):
            wanted = "iso.CurrentProj of spikes with out=iso.CUBA, without stp"
            _refuse(f"projection {name!r} is a {type(projection).__name__} of other parts", wanted)
        delay = projection.delay
        if delay is not None and not isinstance(delay, Delay):
            _refuse(
                f"projection {name!r} has a delay for each synapse", "one for all, or one for each presynaptic cell"
            )
        steps = 1 + (0 if delay is None else delay.steps)
        post = next(n for n, p in network.populations.items() if p is projection.post)
        weight = _matrix(name, projection, wire)
        times = np.zeros(weight.shape[1])
        times[wire.start : wire.stop] = steps * units.convert(environ.get_dt(), units.parse_unit("second"), what="dt")
        self.add(f"{name}_delay", "Delay", [wire.population], delay=times)
        self.add(name, "Linear", [f"{name}_delay"], weight=weight)
        self.edges.append((name, post))
        self.audit.note(f"{name}_delay", "holds the step that a projection takes, beside its own delay")


def _parameters(population: Any, shape: np.ndarray) -> dict[str, np.ndarray]:
    """Return the parameters of neurons, one for each, in seconds, ohm and mV."""
    ms, second = units.parse_unit("ms"), units.parse_unit("second")
    V_th, V_reset, R = (_host(getattr(population, name)) for name in ("V_th", "V_reset", "R"))
    tau = units.rescale(_host(population.tau), ms, second)
    if type(population) is LIF:
        fields = {"tau": tau, "r": R, "v_leak": _host(population.V_rest), "v_threshold": V_th, "v_reset": V_reset}
    else:
        fields = {"r": R / tau, "v_threshold": V_th, "v_reset": V_reset}
    return {name: np.array(np.broadcast_to(value, tuple(shape))) for name, value in fields.items()}


def _matrix(name: str, projection: Any, wire: Wire) -> np.ndarray:
    """Return the current, in mA, that each presynaptic cell (columns) causes in each postsynaptic one (rows)."""
    comm = projection.comm
    if len(wire.size) > 1 or len(comm.in_size) > 1 or len(comm.post_size) > 1:
        _refuse(f"projection {name!r} joins populations of several axes", "populations of one axis")
    with environ.context(backend="numpy", engine=None):
        g, none = comm(np.eye(comm.n_pre)), comm(np.zeros(comm.n_pre))
    current = projection.out.scale * (g - none)
    found = _host(units.convert(current, units.parse_unit("mA"), what=f"the current of projection {name!r}"))
    if _host(units.split(none)[0]).any():
        _refuse(f"projection {name!r} has a bias", "a Linear with b_init=None")
    whole = np.zeros((found.shape[1], wire.size[0]))
    whole[:, wire.start : wire.stop] = found.T
    return whole


def _host(value: Any) -> np.ndarray:
    return np.asarray(to_host(units.split(value)[0]))


def _refuse(what: str, wanted: str) -> None:
    msg = f"{what}, which NIR has no node for: it can hold {wanted}"
    raise ConfigError(msg)
