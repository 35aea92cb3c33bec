"""``brainpy.state``: models under the names that BrainPy gives them."""

from __future__ import annotations

from isospike.compat.names import Names, refusing

__all__ = ["state"]

# Not the inputs: its PoissonInput is another thing, which adds to a State of its target.
state = Names(
    "brainpy.state",
    kinds=("neurons", "synapses", "outputs", "projections"),
    Dynamics="Dynamics",
    Gif="GIF",
    GifRef="GIFRef",
    Neuron="Neuron",
    Synapse="Synapse",
    WangBuzsakiHH="WangBuzsaki",
)
__getattr__ = refusing("brainpy", __all__)
