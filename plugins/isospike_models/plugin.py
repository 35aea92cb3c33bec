"""What this package offers to isospike: name and place of each model. Importing it imports no model."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("isospike")


@hookimpl
def isospike_neurons() -> dict[str, str]:
    """Offer the neuron models."""
    return {
        "AdExIF": "isospike_models.neurons.adex_if:AdExIF",
        "AdExIFRef": "isospike_models.neurons.adex_if_ref:AdExIFRef",
        "Izhikevich": "isospike_models.neurons.izhikevich:Izhikevich",
        "LIF": "isospike_models.neurons.lif:LIF",
        "LIFRef": "isospike_models.neurons.lif_ref:LIFRef",
        "TraubMilesHH": "isospike_models.neurons.traub_miles:TraubMilesHH",
    }


@hookimpl
def isospike_synapses() -> dict[str, str]:
    """Offer the synapse models."""
    return {
        "Alpha": "isospike_models.synapses.alpha:Alpha",
        "Expon": "isospike_models.synapses.expon:Expon",
    }


@hookimpl
def isospike_outputs() -> dict[str, str]:
    """Offer the output models."""
    return {
        "COBA": "isospike_models.outputs.coba:COBA",
        "CUBA": "isospike_models.outputs.cuba:CUBA",
    }


@hookimpl
def isospike_projections() -> dict[str, str]:
    """Offer the projections."""
    return {
        "AlignPostProj": "isospike_models.projections.align_post:AlignPostProj",
        "DeltaProj": "isospike_models.projections.delta_proj:DeltaProj",
    }


@hookimpl
def isospike_connectivity() -> dict[str, str]:
    """Offer the connectivity rules."""
    return {
        "AllToAll": "isospike_models.connectivity.all_to_all:AllToAll",
        "EventFixedProb": "isospike_models.connectivity.event_fixed_prob:EventFixedProb",
        "FixedProb": "isospike_models.connectivity.fixed_prob:FixedProb",
        "Linear": "isospike_models.connectivity.linear:Linear",
        "OneToOne": "isospike_models.connectivity.one_to_one:OneToOne",
    }


@hookimpl
def isospike_surrogates() -> dict[str, str]:
    """Offer the surrogate functions."""
    return {
        "ReluGrad": "isospike_models.surrogates.relu_grad:ReluGrad",
        "Sigmoid": "isospike_models.surrogates.sigmoid:Sigmoid",
    }


@hookimpl
def isospike_inputs() -> dict[str, str]:
    """Offer the inputs."""
    return {
        "ConstantInput": "isospike_models.inputs.constant:ConstantInput",
        "OUProcess": "isospike_models.inputs.ou:OUProcess",
        "PoissonInput": "isospike_models.inputs.poisson:PoissonInput",
    }


@hookimpl
def isospike_initialisers() -> dict[str, str]:
    """Offer the initialisers."""
    return {
        "Constant": "isospike_models.initialisers.constant:Constant",
        "KaimingNormal": "isospike_models.initialisers.kaiming_normal:KaimingNormal",
        "KaimingUniform": "isospike_models.initialisers.kaiming_uniform:KaimingUniform",
        "Normal": "isospike_models.initialisers.normal:Normal",
        "TruncatedNormal": "isospike_models.initialisers.truncated_normal:TruncatedNormal",
        "Uniform": "isospike_models.initialisers.uniform:Uniform",
        "XavierNormal": "isospike_models.initialisers.xavier_normal:XavierNormal",
        "XavierUniform": "isospike_models.initialisers.xavier_uniform:XavierUniform",
    }
