"""Describe a network of isospike, or any other module, in the terms of NIR."""

from __future__ import annotations

import math
from typing import Any

from isospike.module import Module
from isospike.network import Network
from isospike_nir.audit import Audit
from isospike_nir.export.cells import add_cell
from isospike_nir.export.description import Description
from isospike_nir.export.leaves import is_source
from isospike_nir.export.projections import Projections
from isospike_nir.export.walk import outline

__all__ = ["described"]


def described(module: Module, audit: Audit) -> dict[str, Any]:
    """Return a module as a graph of plain dicts, and note what NIR has no word for.

    Sources of spikes and input currents become Inputs, as do the arguments of ``update`` where it is no `Network`; of
    that every other population has an Output, of other modules what ``update`` returns.

    Raises
    ------
    ConfigError
        NIR cannot hold a part of it.
    """
    to = Description(audit)
    if isinstance(module, Network):
        _network(to, module)
    else:
        outline(to, module)
    if all(node["type"] != "Input" for node in to.nodes.values()):
        _add_silence(to)
    return {"type": "NIRGraph", "nodes": to.nodes, "edges": to.edges}


def _add_silence(to: Description) -> None:
    """Give a network that nothing drives the Input that every graph has."""
    name, size = next((name, node["r"].size) for name, node in to.nodes.items() if "r" in node)
    to.join([to.end("silence", "Input", size)], name)
    to.audit.note("silence", "nothing drives the network, and a graph has an Input: give zeros in each step")


def _network(to: Description, network: Network) -> None:
    for name, population in network.populations.items():
        if is_source(population):
            to.end(name, "Input", population.size)
            to.audit.note(name, f"a {type(population).__name__}: give its spikes, as 0 and 1, in each step")
            continue
        add_cell(to, name, population)  # type: ignore[arg-type]
        to.end(f"{name}_output", "Output", population.size, [name])
    for name, target in network.input_targets.items():
        to.end(name, "Input", math.prod(vars(network)[name].out_size))
        to.join([name], target)
        to.audit.note(name, "an input of the network: give what it was, in mA, in each step")
    projections = Projections(to, {id(p): name for name, p in network.populations.items()})
    for name, wire in network.projection_wires.items():
        size, stop = math.prod(wire.size), wire.stop
        after = 0 if stop is None else size - stop
        projections.add(name, vars(network)[name], [wire.population], late=1, before=wire.start, after=after)
