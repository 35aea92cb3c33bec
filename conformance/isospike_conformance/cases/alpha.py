"""Alpha synapses, two States in series, onto cells with conductance inputs."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.parts import conductance_network
from isospike_conformance.truth import judge, pulse_response

__all__ = ["CASE", "build"]

N, TAU_STEPS = 16, 80  # cells, steps in the time constant of the synapse
WEIGHTS = np.linspace(0.1, 10.0, N)  # nS


def build() -> iso.Network:
    """Return pacemakers, and cells that their conductances pull towards 0 mV."""
    return conductance_network(iso.Alpha.desc(tau=8 * u.ms), WEIGHTS * u.nS)


def truth(record: Record) -> Verdict:
    """Judge the conductance, which rises to w / e, and the State before it, which decays."""

    def rising(age: np.ndarray) -> np.ndarray:
        return age / TAU_STEPS * np.exp(-age / TAU_STEPS)

    kernels = {"g": rising, "h": lambda age: np.exp(-age / TAU_STEPS)}
    train = record.spikes["source"]
    found = {f"excite.syn.{k}": pulse_response(train, v, WEIGHTS, record.steps) for k, v in kernels.items()}
    return judge(record, found)


CASE = Case(
    "alpha",
    "Catches two coupled States of which the second starts from the new value of the first.",
    build,
    truth=truth,
)
