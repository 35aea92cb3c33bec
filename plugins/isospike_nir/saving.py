"""Save a graph as NIR."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ConfigError
from isospike.files import write_whole
from isospike.module import Module
from isospike_models.connectivity.linear import Linear
from isospike_models.connectivity.one_to_one import OneToOne
from isospike_models.neurons.resetting import ResettingNeuron
from isospike_models.surrogates.relu_grad import ReluGrad
from isospike_nir import cells, layers
from isospike_nir.export import described
from isospike_nir.graph import Graph
from isospike_nir.loading import assembled
from isospike_nir.mark import mark
from isospike_nir.nodes import KINDS
from isospike_nir.profiles import Exact
from isospike_nir.reading import require

__all__ = ["from_network", "save", "to_nir"]


def save(network: Module, path: str | Path) -> None:
    """Write a network, with the parameters and weights that it has now, as a ``.nir`` file.

    Parameters
    ----------
    network : Graph or Module
        A graph that was loaded, and perhaps trained since; or another module, see `from_network`.
    path : str or Path
        The file; it appears whole or not at all.

    Raises
    ------
    ConfigError
        The module holds or does something that NIR does not have.
    MissingDependencyError
        nir is not installed.
    """
    require("nir")
    import nir

    data = io.BytesIO()
    # nir compresses every array, which HDF5 does not do for a single number.
    nir.write(data, to_nir(network), compression=None)
    write_whole(Path(path), data.getvalue())


def to_nir(network: Module) -> Any:
    """Return a network as a ``nir.NIRGraph``, for another library in the same program; see `save`.

    Raises
    ------
    ConfigError
        The module holds or does something that NIR does not have.
    MissingDependencyError
        nir is not installed.
    """
    require("nir")
    import nir

    graph = network if isinstance(network, Graph) else from_network(network)
    nodes: dict[str, Any] = {name: nir.Input({"input": np.array(shape)}) for name, shape in graph.inputs}
    for name, node in graph.nodes.items():
        kind = _type(name, node)
        nodes[name] = getattr(nir, kind).from_dict({"type": kind, **KINDS[kind].write(node)})
    nodes |= {name: nir.Output({"output": np.array(shape)}) for name, shape in graph.outputs}
    profile = next((node.profile for node in graph.nodes.values() if isinstance(node, cells.Membrane)), None)
    ms = float(units.convert(graph.dt, units.parse_unit("ms"), what="dt"))
    return nir.NIRGraph(nodes, list(graph.edges), metadata=mark(profile, ms), type_check=False)


def from_network(network: Module) -> Graph:
    """Return a network, or any module, as a graph of NIR, whose audit says what NIR has no word for.

    Of an `iso.Network` sources of spikes and input currents become inputs of the graph, and every other population has
    an output. Of another module, such as a layered one that was trained, the arguments of ``update`` are the inputs,
    and what that returns the outputs: it may call modules with values, take sums and ranges of these and put units to
    them, and nothing else.

    Populations may be `iso.LIF`, `iso.IF`, `iso.CubaLIF` and `iso.LI`, synapses `iso.Expon`, `iso.Alpha` and
    `iso.DualExpon`, projections `iso.AlignPostProj`, `iso.AlignPreProj`, `iso.CurrentProj` and `iso.DeltaProj` with
    currents. Every connection becomes one matrix, a synapse a node LI, and spikes of the step before come by a Delay.

    With the profile of the graph the graph does what the module does for the same dt where its cells start at rest,
    have the same kind of reset, and never lie at the threshold itself.

    Parameters
    ----------
    network : Module
        Initialised by ``iso.init_all_states``; the dt in force is that of the run.

    Returns
    -------
    Graph
        With the profile `Exact`, whose reset is ``"subtract"`` where all cells have a soft one.

    Raises
    ------
    ConfigError
        NIR cannot hold a part of it, which is named.
    """
    resets = {m.spk_reset for m in network.modules().values() if isinstance(m, ResettingNeuron)}
    profile = Exact(reset="subtract" if resets == {"soft"} else "v_reset")
    return assembled(lambda audit: described(network, audit), profile, None, ReluGrad())


_TYPES: dict[type[Module], str] = {
    cells.CubaLI: "CubaLI",
    cells.CubaLIF: "CubaLIF",
    cells.IF: "IF",
    cells.Integrator: "I",
    cells.LI: "LI",
    cells.LIF: "LIF",
    layers.Convolution: "Conv2d",
    layers.Convolution1d: "Conv1d",
    layers.Flatten: "Flatten",
    layers.Lag: "Delay",
    layers.Threshold: "Threshold",
    OneToOne: "Scale",
}


def _type(name: str, node: Module) -> str:
    """Return the name in NIR of what a module is."""
    if isinstance(node, Linear):
        return "Linear" if node.bias_source is None else "Affine"
    if isinstance(node, layers.Pool):
        return "AvgPool2d" if node.mean else "SumPool2d"
    if type(node) not in _TYPES:
        msg = f"node {name!r} is a {type(node).__name__}, which NIR does not have; it has {', '.join(KINDS)}"
        raise ConfigError(msg)
    return _TYPES[type(node)]
