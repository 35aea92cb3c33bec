"""isospike: spiking networks, one description, every array backend.

Write a network once, with physical units, and choose the backend that runs it by configuration::

    import isospike as iso
    from isospike import units as u

    cell = iso.LIF(100, tau=10 * u.ms, V_th=20 * u.mV)
    iso.init_all_states(cell)
    with iso.environ.context(dt=0.1 * u.ms, backend="jax"):
        spikes = iso.transform.for_loop(lambda t: cell(25 * u.mA), iso.math.arange(0 * u.ms, 200 * u.ms, 0.1 *
        u.ms))

Models are found by name through the plugin registry (``iso.LIF``), bundled or not; nothing heavy is imported
before it is used.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from isospike import (
        analysis,
        data,
        environ,
        errors,
        losses,
        math,
        optim,
        random,
        registry,
        select,
        training,
        transform,
        units,
    )
    from isospike.checkpoint import load_checkpoint, save_checkpoint
    from isospike.comm import Comm, SparseComm
    from isospike.delay import Delay, Prefetch
    from isospike.dynamics import Dynamics
    from isospike.initialise import init_all_states, reset_all_states
    from isospike.initializer import Initializer
    from isospike.integrate import euler, exp_euler
    from isospike.module import Module
    from isospike.monitor import Monitor
    from isospike.network import Network
    from isospike.neuron import Neuron
    from isospike.projection import Projection
    from isospike.registry.kinds import (
        encoders,
        initialisers,
        inputs,
        neurons,
        outputs,
        projections,
        readouts,
        surrogates,
        synapses,
    )
    from isospike.results import load_result
    from isospike.results.result import Result
    from isospike.simulation import simulate
    from isospike.state import HiddenState, LongTermState, ParamState, ShortTermState, State
    from isospike.surrogate import Surrogate
    from isospike.synapse import Output, Release, Synapse
    from isospike.synaptic_delay import SynapticDelay
    from isospike.training.evaluate import evaluate
    from isospike.training.fit import fit
    from isospike.transform.debug import debug
    from isospike_models.connectivity.all_to_all import AllToAll
    from isospike_models.connectivity.conv2d import Conv2d
    from isospike_models.connectivity.distance_dependent import DistanceDependent
    from isospike_models.connectivity.event_fixed_prob import EventFixedProb
    from isospike_models.connectivity.explicit_edges import ExplicitEdges
    from isospike_models.connectivity.fixed_in_degree import FixedInDegree
    from isospike_models.connectivity.fixed_out_degree import FixedOutDegree
    from isospike_models.connectivity.fixed_prob import FixedProb
    from isospike_models.connectivity.fixed_total_number import FixedTotalNumber
    from isospike_models.connectivity.linear import Linear
    from isospike_models.connectivity.one_to_one import OneToOne
    from isospike_models.connectivity.small_world import SmallWorld
    from isospike_models.encoders.delta import DeltaEncoder
    from isospike_models.encoders.latency import LatencyEncoder
    from isospike_models.encoders.poisson import PoissonEncoder
    from isospike_models.encoders.rate import RateEncoder
    from isospike_models.initialisers.constant import Constant
    from isospike_models.initialisers.kaiming_normal import KaimingNormal
    from isospike_models.initialisers.kaiming_uniform import KaimingUniform
    from isospike_models.initialisers.normal import Normal
    from isospike_models.initialisers.truncated_normal import TruncatedNormal
    from isospike_models.initialisers.uniform import Uniform
    from isospike_models.initialisers.xavier_normal import XavierNormal
    from isospike_models.initialisers.xavier_uniform import XavierUniform
    from isospike_models.inputs.constant import ConstantInput
    from isospike_models.inputs.inhomogeneous_poisson import InhomogeneousPoisson
    from isospike_models.inputs.ou import OUProcess
    from isospike_models.inputs.poisson import PoissonInput
    from isospike_models.inputs.ramp import RampInput
    from isospike_models.inputs.section import SectionInput
    from isospike_models.inputs.sinusoid import SinusoidInput
    from isospike_models.inputs.spike_time import SpikeTime
    from isospike_models.inputs.step import StepInput
    from isospike_models.inputs.white_noise import WhiteNoise
    from isospike_models.inputs.wiener import WienerProcess
    from isospike_models.neurons.ad_qua_if import AdQuaIF
    from isospike_models.neurons.ad_qua_if_ref import AdQuaIFRef
    from isospike_models.neurons.adex_if import AdExIF
    from isospike_models.neurons.adex_if_ref import AdExIFRef
    from isospike_models.neurons.alif import ALIF
    from isospike_models.neurons.coba_lif import CobaLIF
    from isospike_models.neurons.cuba_lif import CubaLIF
    from isospike_models.neurons.exp_if import ExpIF
    from isospike_models.neurons.exp_if_ref import ExpIFRef
    from isospike_models.neurons.fitzhugh_nagumo import FitzHughNagumo
    from isospike_models.neurons.gif import GIF
    from isospike_models.neurons.gif_ref import GIFRef
    from isospike_models.neurons.hh import HH
    from isospike_models.neurons.hindmarsh_rose import HindmarshRose
    from isospike_models.neurons.if_ import IF
    from isospike_models.neurons.izhikevich import Izhikevich
    from isospike_models.neurons.lif import LIF
    from isospike_models.neurons.lif_ref import LIFRef
    from isospike_models.neurons.morris_lecar import MorrisLecar
    from isospike_models.neurons.qua_if import QuaIF
    from isospike_models.neurons.traub_miles import TraubMilesHH
    from isospike_models.neurons.wang_buzsaki import WangBuzsaki
    from isospike_models.outputs.coba import COBA
    from isospike_models.outputs.cuba import CUBA
    from isospike_models.outputs.mg_block import MgBlock
    from isospike_models.projections.align_post import AlignPostProj
    from isospike_models.projections.align_pre import AlignPreProj
    from isospike_models.projections.current_proj import CurrentProj
    from isospike_models.projections.delta_proj import DeltaProj
    from isospike_models.projections.gap_junction import GapJunction
    from isospike_models.readouts.leaky_rate_readout import LeakyRateReadout
    from isospike_models.readouts.li import LI
    from isospike_models.surrogates.arctan import Arctan
    from isospike_models.surrogates.erf import ERF
    from isospike_models.surrogates.gaussian_grad import GaussianGrad
    from isospike_models.surrogates.inv_square_grad import InvSquareGrad
    from isospike_models.surrogates.leaky_relu import LeakyRelu
    from isospike_models.surrogates.log_tailed_relu import LogTailedRelu
    from isospike_models.surrogates.multi_gaussian_grad import MultiGaussianGrad
    from isospike_models.surrogates.nonzero_sign_log import NonzeroSignLog
    from isospike_models.surrogates.piecewise_exp import PiecewiseExp
    from isospike_models.surrogates.piecewise_leaky_relu import PiecewiseLeakyRelu
    from isospike_models.surrogates.piecewise_quadratic import PiecewiseQuadratic
    from isospike_models.surrogates.q_pseudo_spike import QPseudoSpike
    from isospike_models.surrogates.relu_grad import ReluGrad
    from isospike_models.surrogates.s2nn import S2NN
    from isospike_models.surrogates.sigmoid import Sigmoid
    from isospike_models.surrogates.slayer_grad import SlayerGrad
    from isospike_models.surrogates.soft_sign import SoftSign
    from isospike_models.surrogates.squarewave_fourier_series import SquarewaveFourierSeries
    from isospike_models.synapses.alpha import Alpha
    from isospike_models.synapses.ampa import AMPA
    from isospike_models.synapses.bio_nmda import BioNMDA
    from isospike_models.synapses.dual_expon import DualExpon
    from isospike_models.synapses.expon import Expon
    from isospike_models.synapses.gabaa import GABAa
    from isospike_models.synapses.instant import Instant
    from isospike_models.synapses.nmda import NMDA
    from isospike_models.synapses.std import STD
    from isospike_models.synapses.stp import STP

__all__ = [
    "ALIF",
    "AMPA",
    "COBA",
    "CUBA",
    "ERF",
    "GIF",
    "HH",
    "IF",
    "LI",
    "LIF",
    "NMDA",
    "S2NN",
    "STD",
    "STP",
    "AdExIF",
    "AdExIFRef",
    "AdQuaIF",
    "AdQuaIFRef",
    "AlignPostProj",
    "AlignPreProj",
    "AllToAll",
    "Alpha",
    "Arctan",
    "BioNMDA",
    "CobaLIF",
    "Comm",
    "Constant",
    "ConstantInput",
    "Conv2d",
    "CubaLIF",
    "CurrentProj",
    "Delay",
    "DeltaEncoder",
    "DeltaProj",
    "DistanceDependent",
    "DualExpon",
    "Dynamics",
    "EventFixedProb",
    "ExpIF",
    "ExpIFRef",
    "ExplicitEdges",
    "Expon",
    "FitzHughNagumo",
    "FixedInDegree",
    "FixedOutDegree",
    "FixedProb",
    "FixedTotalNumber",
    "GABAa",
    "GIFRef",
    "GapJunction",
    "GaussianGrad",
    "HiddenState",
    "HindmarshRose",
    "InhomogeneousPoisson",
    "Initializer",
    "Instant",
    "InvSquareGrad",
    "Izhikevich",
    "KaimingNormal",
    "KaimingUniform",
    "LIFRef",
    "LatencyEncoder",
    "LeakyRateReadout",
    "LeakyRelu",
    "Linear",
    "LogTailedRelu",
    "LongTermState",
    "MgBlock",
    "Module",
    "Monitor",
    "MorrisLecar",
    "MultiGaussianGrad",
    "Network",
    "Neuron",
    "NonzeroSignLog",
    "Normal",
    "OUProcess",
    "OneToOne",
    "Output",
    "ParamState",
    "PiecewiseExp",
    "PiecewiseLeakyRelu",
    "PiecewiseQuadratic",
    "PoissonEncoder",
    "PoissonInput",
    "Prefetch",
    "Projection",
    "QPseudoSpike",
    "QuaIF",
    "RampInput",
    "RateEncoder",
    "Release",
    "ReluGrad",
    "Result",
    "SectionInput",
    "ShortTermState",
    "Sigmoid",
    "SinusoidInput",
    "SlayerGrad",
    "SmallWorld",
    "SoftSign",
    "SparseComm",
    "SpikeTime",
    "SquarewaveFourierSeries",
    "State",
    "StepInput",
    "Surrogate",
    "Synapse",
    "SynapticDelay",
    "TraubMilesHH",
    "TruncatedNormal",
    "Uniform",
    "WangBuzsaki",
    "WhiteNoise",
    "WienerProcess",
    "XavierNormal",
    "XavierUniform",
    "analysis",
    "data",
    "debug",
    "encoders",
    "environ",
    "errors",
    "euler",
    "evaluate",
    "exp_euler",
    "fit",
    "init_all_states",
    "initialisers",
    "inputs",
    "load_checkpoint",
    "load_result",
    "losses",
    "math",
    "neurons",
    "optim",
    "outputs",
    "projections",
    "random",
    "readouts",
    "registry",
    "reset_all_states",
    "save_checkpoint",
    "select",
    "simulate",
    "surrogates",
    "synapses",
    "training",
    "transform",
    "units",
]

# Where the names of core live; models are not listed here but found in the registry.
_CORE = {
    "Comm": "isospike.comm",
    "Delay": "isospike.delay",
    "Dynamics": "isospike.dynamics",
    "HiddenState": "isospike.state",
    "Initializer": "isospike.initializer",
    "LongTermState": "isospike.state",
    "Module": "isospike.module",
    "Monitor": "isospike.monitor",
    "Network": "isospike.network",
    "Neuron": "isospike.neuron",
    "Output": "isospike.synapse",
    "ParamState": "isospike.state",
    "Prefetch": "isospike.delay",
    "Projection": "isospike.projection",
    "Release": "isospike.synapse",
    "Result": "isospike.results",
    "ShortTermState": "isospike.state",
    "SparseComm": "isospike.comm",
    "State": "isospike.state",
    "Surrogate": "isospike.surrogate",
    "Synapse": "isospike.synapse",
    "SynapticDelay": "isospike.synaptic_delay",
    "debug": "isospike.transform.debug",
    "encoders": "isospike.registry.kinds",
    "euler": "isospike.integrate",
    "evaluate": "isospike.training",
    "exp_euler": "isospike.integrate",
    "fit": "isospike.training",
    "init_all_states": "isospike.initialise",
    "initialisers": "isospike.registry.kinds",
    "inputs": "isospike.registry.kinds",
    "load_checkpoint": "isospike.checkpoint",
    "load_result": "isospike.results",
    "neurons": "isospike.registry.kinds",
    "outputs": "isospike.registry.kinds",
    "projections": "isospike.registry.kinds",
    "readouts": "isospike.registry.kinds",
    "reset_all_states": "isospike.initialise",
    "save_checkpoint": "isospike.checkpoint",
    "simulate": "isospike.simulation",
    "surrogates": "isospike.registry.kinds",
    "synapses": "isospike.registry.kinds",
}
_MODULES = (
    "analysis",
    "data",
    "environ",
    "errors",
    "losses",
    "math",
    "optim",
    "random",
    "registry",
    "select",
    "training",
    "transform",
    "units",
)


def __getattr__(name: str) -> Any:
    """Import a name of core, or resolve a model's name, on first use."""
    if name.startswith("__"):
        raise AttributeError(name)
    if importlib.util.find_spec(f"isospike.{name}") is not None:
        return importlib.import_module(f"isospike.{name}")
    value = getattr(importlib.import_module(_CORE[name]), name) if name in _CORE else _model(name)
    globals()[name] = value
    return value


def _model(name: str) -> Any:
    import isospike.registry as registry
    from isospike.errors import nearest

    if name in registry.names("formats"):
        return registry.resolve("formats", name)
    known = {n for kind in registry.MODEL_KINDS for n in registry.names(kind)}
    kinds = [kind for kind in registry.MODEL_KINDS if name in registry.names(kind)]
    if not kinds:
        hint = nearest(name, [*known, *_CORE, *_MODULES])
        msg = (
            f"isospike has no name {name!r}.{hint} `isospike models` lists the models that are installed, "
            "dir(isospike) all names"
        )
        raise AttributeError(msg)
    if len(kinds) > 1:
        choices = " or ".join(f"isospike.{kind}.{name}" for kind in kinds)
        msg = f"isospike.{name} may be one of {' or of '.join(kinds)}: write {choices}"
        raise AttributeError(msg)
    return registry.resolve(kinds[0], name)


def __dir__() -> list[str]:
    """Return the names of core, of every installed model and of every format."""
    import isospike.registry as registry

    models = {n for kind in (*registry.MODEL_KINDS, "formats") for n in registry.names(kind)}
    return sorted({*globals(), *_CORE, *_MODULES, *models})
