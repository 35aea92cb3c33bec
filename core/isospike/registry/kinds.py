"""One `Kind` for each kind of model; that of ``connectivity`` is the package of this name."""

from __future__ import annotations

from isospike.registry.kind import Kind

__all__ = [
    "encoders",
    "initialisers",
    "inputs",
    "neurons",
    "outputs",
    "projections",
    "readouts",
    "surrogates",
    "synapses",
]

encoders = Kind("encoders")
initialisers = Kind("initialisers")
inputs = Kind("inputs")
neurons = Kind("neurons", from_equations="isospike.equations:from_equations")
outputs = Kind("outputs")
projections = Kind("projections")
readouts = Kind("readouts")
surrogates = Kind("surrogates")
synapses = Kind("synapses")
