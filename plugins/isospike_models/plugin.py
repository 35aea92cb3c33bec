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
        "AdQuaIF": "isospike_models.neurons.ad_qua_if:AdQuaIF",
        "AdQuaIFRef": "isospike_models.neurons.ad_qua_if_ref:AdQuaIFRef",
        "ALIF": "isospike_models.neurons.alif:ALIF",
        "CobaLIF": "isospike_models.neurons.coba_lif:CobaLIF",
        "CubaLIF": "isospike_models.neurons.cuba_lif:CubaLIF",
        "ExpIF": "isospike_models.neurons.exp_if:ExpIF",
        "ExpIFRef": "isospike_models.neurons.exp_if_ref:ExpIFRef",
        "FitzHughNagumo": "isospike_models.neurons.fitzhugh_nagumo:FitzHughNagumo",
        "GIF": "isospike_models.neurons.gif:GIF",
        "GIFRef": "isospike_models.neurons.gif_ref:GIFRef",
        "HH": "isospike_models.neurons.hh:HH",
        "HindmarshRose": "isospike_models.neurons.hindmarsh_rose:HindmarshRose",
        "IF": "isospike_models.neurons.if_:IF",
        "Izhikevich": "isospike_models.neurons.izhikevich:Izhikevich",
        "LIF": "isospike_models.neurons.lif:LIF",
        "LIFRef": "isospike_models.neurons.lif_ref:LIFRef",
        "MorrisLecar": "isospike_models.neurons.morris_lecar:MorrisLecar",
        "QuaIF": "isospike_models.neurons.qua_if:QuaIF",
        "TraubMilesHH": "isospike_models.neurons.traub_miles:TraubMilesHH",
        "WangBuzsaki": "isospike_models.neurons.wang_buzsaki:WangBuzsaki",
    }


@hookimpl
def isospike_synapses() -> dict[str, str]:
    """Offer the synapse models."""
    return {
        "AMPA": "isospike_models.synapses.ampa:AMPA",
        "Alpha": "isospike_models.synapses.alpha:Alpha",
        "BioNMDA": "isospike_models.synapses.bio_nmda:BioNMDA",
        "DualExpon": "isospike_models.synapses.dual_expon:DualExpon",
        "Expon": "isospike_models.synapses.expon:Expon",
        "GABAa": "isospike_models.synapses.gabaa:GABAa",
        "Instant": "isospike_models.synapses.instant:Instant",
        "NMDA": "isospike_models.synapses.nmda:NMDA",
        "STD": "isospike_models.synapses.std:STD",
        "STP": "isospike_models.synapses.stp:STP",
    }


@hookimpl
def isospike_outputs() -> dict[str, str]:
    """Offer the output models."""
    return {
        "COBA": "isospike_models.outputs.coba:COBA",
        "CUBA": "isospike_models.outputs.cuba:CUBA",
        "MgBlock": "isospike_models.outputs.mg_block:MgBlock",
    }


@hookimpl
def isospike_projections() -> dict[str, str]:
    """Offer the projections."""
    return {
        "AlignPostProj": "isospike_models.projections.align_post:AlignPostProj",
        "AlignPreProj": "isospike_models.projections.align_pre:AlignPreProj",
        "CurrentProj": "isospike_models.projections.current_proj:CurrentProj",
        "DeltaProj": "isospike_models.projections.delta_proj:DeltaProj",
        "GapJunction": "isospike_models.projections.gap_junction:GapJunction",
    }


@hookimpl
def isospike_connectivity() -> dict[str, str]:
    """Offer the connectivity rules."""
    return {
        "AllToAll": "isospike_models.connectivity.all_to_all:AllToAll",
        "Conv2d": "isospike_models.connectivity.conv2d:Conv2d",
        "DistanceDependent": "isospike_models.connectivity.distance_dependent:DistanceDependent",
        "EventFixedProb": "isospike_models.connectivity.event_fixed_prob:EventFixedProb",
        "ExplicitEdges": "isospike_models.connectivity.explicit_edges:ExplicitEdges",
        "FixedInDegree": "isospike_models.connectivity.fixed_in_degree:FixedInDegree",
        "FixedOutDegree": "isospike_models.connectivity.fixed_out_degree:FixedOutDegree",
        "FixedProb": "isospike_models.connectivity.fixed_prob:FixedProb",
        "FixedTotalNumber": "isospike_models.connectivity.fixed_total_number:FixedTotalNumber",
        "Linear": "isospike_models.connectivity.linear:Linear",
        "OneToOne": "isospike_models.connectivity.one_to_one:OneToOne",
        "SmallWorld": "isospike_models.connectivity.small_world:SmallWorld",
    }


@hookimpl
def isospike_surrogates() -> dict[str, str]:
    """Offer the surrogate functions."""
    return {
        "Arctan": "isospike_models.surrogates.arctan:Arctan",
        "ERF": "isospike_models.surrogates.erf:ERF",
        "GaussianGrad": "isospike_models.surrogates.gaussian_grad:GaussianGrad",
        "InvSquareGrad": "isospike_models.surrogates.inv_square_grad:InvSquareGrad",
        "LeakyRelu": "isospike_models.surrogates.leaky_relu:LeakyRelu",
        "LogTailedRelu": "isospike_models.surrogates.log_tailed_relu:LogTailedRelu",
        "MultiGaussianGrad": "isospike_models.surrogates.multi_gaussian_grad:MultiGaussianGrad",
        "NonzeroSignLog": "isospike_models.surrogates.nonzero_sign_log:NonzeroSignLog",
        "PiecewiseExp": "isospike_models.surrogates.piecewise_exp:PiecewiseExp",
        "PiecewiseLeakyRelu": "isospike_models.surrogates.piecewise_leaky_relu:PiecewiseLeakyRelu",
        "PiecewiseQuadratic": "isospike_models.surrogates.piecewise_quadratic:PiecewiseQuadratic",
        "QPseudoSpike": "isospike_models.surrogates.q_pseudo_spike:QPseudoSpike",
        "ReluGrad": "isospike_models.surrogates.relu_grad:ReluGrad",
        "S2NN": "isospike_models.surrogates.s2nn:S2NN",
        "Sigmoid": "isospike_models.surrogates.sigmoid:Sigmoid",
        "SlayerGrad": "isospike_models.surrogates.slayer_grad:SlayerGrad",
        "SoftSign": "isospike_models.surrogates.soft_sign:SoftSign",
        "SquarewaveFourierSeries": "isospike_models.surrogates.squarewave_fourier_series:SquarewaveFourierSeries",
    }


@hookimpl
def isospike_inputs() -> dict[str, str]:
    """Offer the inputs."""
    return {
        "ConstantInput": "isospike_models.inputs.constant:ConstantInput",
        "InhomogeneousPoisson": "isospike_models.inputs.inhomogeneous_poisson:InhomogeneousPoisson",
        "OUProcess": "isospike_models.inputs.ou:OUProcess",
        "PoissonInput": "isospike_models.inputs.poisson:PoissonInput",
        "RampInput": "isospike_models.inputs.ramp:RampInput",
        "SectionInput": "isospike_models.inputs.section:SectionInput",
        "SinusoidInput": "isospike_models.inputs.sinusoid:SinusoidInput",
        "SpikeTime": "isospike_models.inputs.spike_time:SpikeTime",
        "StepInput": "isospike_models.inputs.step:StepInput",
        "WhiteNoise": "isospike_models.inputs.white_noise:WhiteNoise",
        "WienerProcess": "isospike_models.inputs.wiener:WienerProcess",
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


@hookimpl
def isospike_encoders() -> dict[str, str]:
    """Offer the encoders of values as spikes."""
    return {
        "DeltaEncoder": "isospike_models.encoders.delta:DeltaEncoder",
        "LatencyEncoder": "isospike_models.encoders.latency:LatencyEncoder",
        "PoissonEncoder": "isospike_models.encoders.poisson:PoissonEncoder",
        "RateEncoder": "isospike_models.encoders.rate:RateEncoder",
    }


@hookimpl
def isospike_readouts() -> dict[str, str]:
    """Offer the readouts."""
    return {
        "LI": "isospike_models.readouts.li:LI",
        "LeakyRateReadout": "isospike_models.readouts.leaky_rate_readout:LeakyRateReadout",
    }
