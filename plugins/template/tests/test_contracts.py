"""The contracts of isospike; each of their checks runs on every installed backend where that matters."""

from __future__ import annotations

import isospike as iso
from isospike_conformance.contracts import NeuronContract, SynapseContract


class TestTemplateNeuron(NeuronContract):
    model = iso.neurons.TemplateNeuron


class TestTemplateSynapse(SynapseContract):
    model = iso.synapses.TemplateSynapse
