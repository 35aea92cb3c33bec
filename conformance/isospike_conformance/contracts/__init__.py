"""Contracts: what a model or a backend has to keep, whoever wrote it.

A contract is a class of checks. Its author runs them by ``isospike contract NAME``, or subclasses it in pytest::

    from isospike_conformance.contracts import NeuronContract


    class TestMyNeuron(NeuronContract):
        model = MyNeuron

A check that asks for ``backend_name`` runs once for each installed backend.
"""

from __future__ import annotations

from isospike_conformance.contracts.backend import BackendContract
from isospike_conformance.contracts.choosing import contract_of
from isospike_conformance.contracts.connectivity import ConnectivityContract
from isospike_conformance.contracts.contract import Checked, Contract, NotAsked, run_contract
from isospike_conformance.contracts.model import ModelContract
from isospike_conformance.contracts.neuron import NeuronContract
from isospike_conformance.contracts.synapse import SynapseContract

__all__ = [
    "BackendContract",
    "Checked",
    "ConnectivityContract",
    "Contract",
    "ModelContract",
    "NeuronContract",
    "NotAsked",
    "SynapseContract",
    "contract_of",
    "run_contract",
]
