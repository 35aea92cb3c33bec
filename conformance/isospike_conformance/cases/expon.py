"""Exponential synapses onto cells with conductance inputs."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.parts import conductance_network
from isospike_conformance.truth import judge, pulse_response

__all__ = ["CASE", "build"]

N, TAU_STEPS = 16, 50  # cells, steps in the time constant of the synapse
WEIGHTS = np.linspace(0.1, 10.0, N)  # nS


def build() -> iso.Network:
    """Return pacemakers, and cells that their conductances pull towards 0 mV."""
    return conductance_network(iso.Expon.desc(tau=5 * u.ms), WEIGHTS * u.nS)


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
