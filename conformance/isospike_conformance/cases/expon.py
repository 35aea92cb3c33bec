"""Exponential synapses onto cells with conductance inputs."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.parts import add_pacemakers
from isospike_conformance.truth import judge, pulse_response

__all__ = ["CASE", "build"]

N, TAU_STEPS = 16, 50  # cells, steps in the time constant of the synapse
WEIGHTS = np.linspace(0.1, 10.0, N)  # nS


def build() -> iso.Network:
    """Return pacemakers, and cells that their conductances pull towards 0 mV."""
    net = iso.Network()
    add_pacemakers(net, "source", N)
    cells = iso.LIF(N, V_rest=-65 * u.mV, V_initializer=-65 * u.mV, V_th=100 * u.mV, tau=20 * u.ms, R=100 * u.Mohm)
    net.add_population("cells", cells)
    syn, out = iso.Expon.desc(tau=5 * u.ms), iso.COBA.desc(E=0 * u.mV)
    comm = iso.OneToOne(N, WEIGHTS * u.nS)
    net.add_projection("excite", iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre="source")
    return net


def truth(record: Record) -> Verdict:
    """Judge the conductance: each spike adds its weight in the step after it, and that decays."""
    g = pulse_response(record.spikes["source"], lambda age: np.exp(-age / TAU_STEPS), WEIGHTS, record.steps)
    return judge(record, {"excite.syn.g": g})


CASE = Case(
    "expon",
    "Catches a decay that is a step early or late for its event, or a conductance in another unit than its weights.",
    build,
    truth=truth,
)
