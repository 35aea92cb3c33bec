"""The table of node types."""

from __future__ import annotations

from isospike.errors import UnknownNameError, nearest
from isospike_nir import cells
from isospike_nir.nodes.connection import LinearKind, ScaleKind
from isospike_nir.nodes.convolution import ConvolutionKind
from isospike_nir.nodes.delay import DelayKind
from isospike_nir.nodes.flatten import FlattenKind
from isospike_nir.nodes.kind import Kind
from isospike_nir.nodes.neuron import NeuronKind
from isospike_nir.nodes.pool import PoolKind
from isospike_nir.nodes.threshold import ThresholdKind

__all__ = ["KINDS", "kind_of"]

KINDS: dict[str, Kind] = {
    kind.type: kind
    for kind in (
        LinearKind("Affine"),
        PoolKind("AvgPool2d"),
        ConvolutionKind("Conv1d"),
        ConvolutionKind("Conv2d"),
        NeuronKind("CubaLI", cells.CubaLI),
        NeuronKind("CubaLIF", cells.CubaLIF),
        DelayKind("Delay"),
        FlattenKind("Flatten"),
        NeuronKind("I", cells.Integrator),
        NeuronKind("IF", cells.IF),
        NeuronKind("LI", cells.LI),
        NeuronKind("LIF", cells.LIF),
        LinearKind("Linear"),
        ScaleKind("Scale"),
        PoolKind("SumPool2d"),
        ThresholdKind("Threshold"),
    )
}
"""Every node type with a module, by its name in NIR; Input, Output and NIRGraph have none."""


def kind_of(type: str, title: str) -> Kind:
    """Return a node type.

    Raises
    ------
    UnknownNameError
        isospike does not know it; ``title`` names the node.
    """
    if type not in KINDS:
        known = ", ".join(KINDS)
        msg = f"{title} has a type that isospike does not know.{nearest(type, KINDS)} Known types: {known}"
        raise UnknownNameError(msg)
    return KINDS[type]
