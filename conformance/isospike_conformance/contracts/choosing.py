"""The contract of what a user names."""

from __future__ import annotations

from isospike import registry
from isospike.comm import Comm
from isospike.neuron import Neuron
from isospike.synapse import Synapse
from isospike_conformance.contracts.backend import BackendContract
from isospike_conformance.contracts.connectivity import ConnectivityContract
from isospike_conformance.contracts.contract import Contract
from isospike_conformance.contracts.model import ModelContract
from isospike_conformance.contracts.neuron import NeuronContract
from isospike_conformance.contracts.synapse import SynapseContract
from isospike_conformance.find import find_model

__all__ = ["contract_of"]

_KINDS: tuple[tuple[type, type[ModelContract]], ...] = (
    (Neuron, NeuronContract),
    (Synapse, SynapseContract),
    (Comm, ConnectivityContract),
    (object, ModelContract),
)


def contract_of(source: str) -> Contract:
    """Return the contract of a backend or model by name, or of ``package.module:Model``.

    Raises
    ------
    UnknownNameError
        Nothing is known by it.
    """
    if source in registry.names("backends"):
        named: Contract = type("Named", (BackendContract,), {"backend": source})()
        return named
    model, name = find_model(source)
    base = next(contract for kind, contract in _KINDS if issubclass(model, kind))
    chosen: Contract = type(name, (base,), {"model": model})()
    return chosen
