"""Save a graph as NIR."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from isospike.errors import ConfigError
from isospike.files import write_whole
from isospike.module import Module
from isospike.network import Network
from isospike_models.connectivity.linear import Linear
from isospike_models.connectivity.one_to_one import OneToOne
from isospike_models.surrogates.relu_grad import ReluGrad
from isospike_nir import cells, layers
from isospike_nir.graph import Graph
from isospike_nir.loading import assembled
from isospike_nir.mark import MARK
from isospike_nir.network import described
from isospike_nir.nodes import KINDS
from isospike_nir.profiles import Exact
from isospike_nir.reading import require

__all__ = ["from_network", "save", "to_nir"]


def save(network: Graph | Network, path: str | Path) -> None:
    """Write a network, with the parameters and weights that it has now, as a ``.nir`` file.

    Parameters
    ----------
    network : Graph or iso.Network
        A graph that was loaded, and perhaps trained since; or a network, see `from_network`.
    path : str or Path
        The file; it appears whole or not at all.

    Raises
    ------
    ConfigError
        The module is neither, or holds something that NIR does not have.
    MissingDependencyError
        nir is not installed.
    """
    require("nir")
    import nir

    data = io.BytesIO()
    # nir compresses every array, which HDF5 does not do for a single number.
    nir.write(data, to_nir(network), compression=None)
    write_whole(Path(path), data.getvalue())


def to_nir(network: Graph | Network) -> Any:
    """Return a network as a ``nir.NIRGraph``, for another library in the same program; see `save`.

    Raises
    ------
    ConfigError
        The module is neither a `Graph` nor a `Network`, or holds something that NIR does not have.
    MissingDependencyError
        nir is not installed.
    """
    require("nir")
    import nir

    graph = from_network(network) if isinstance(network, Network) else network
    if not isinstance(graph, Graph):
        msg = (
            f"a {type(network).__name__} cannot be written as NIR, only a Graph, as iso.nir.load returns it, or an "
            "iso.Network"
        )
        raise ConfigError(msg)
    nodes: dict[str, Any] = {name: nir.Input({"input": np.array(shape)}) for name, shape in graph.inputs}
    for name, node in graph.nodes.items():
        kind = _type(name, node)
        nodes[name] = getattr(nir, kind).from_dict({"type": kind, **KINDS[kind].write(node)})
    nodes |= {name: nir.Output({"output": np.array(shape)}) for name, shape in graph.outputs}
    return nir.NIRGraph(nodes, list(graph.edges), metadata=dict(MARK), type_check=False)


def from_network(network: Network) -> Graph:
    """Return a network as a graph of NIR, whose audit says what NIR has no word for.

    Populations may be `iso.LIF` and `iso.IF`, projections `iso.CurrentProj` of spikes with any connection, which
    becomes one matrix. Sources of spikes and input currents become inputs of the graph. Every projection has a delay of
    a step, which is what it takes in a `Network`.

    The graph, loaded with the profile `Exact`, spikes as the network does where its cells have ``spk_reset="hard"`` and
    ``method="exp_euler"``, start at rest and never lie at the threshold itself.

    Parameters
    ----------
    network : iso.Network
        Initialised by ``iso.init_all_states``; the dt in force is that of the delays.

    Raises
    ------
    ConfigError
        A population or projection has no counterpart in NIR.
    """
    return assembled(lambda audit: described(network, audit), Exact(), None, ReluGrad())


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
