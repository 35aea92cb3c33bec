"""Jumps of the potential: spikes through a connection without a synaptic variable."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.parts import add_pacemakers
from isospike_conformance.truth import judge, pulse_response

__all__ = ["CASE", "build"]

N, TAU_STEPS = 16, 200  # cells, steps in a time constant
WEIGHTS = np.linspace(0.01, 3.0, N)  # mV


def build() -> iso.Network:
    """Return pacemakers, and cells that never reach their threshold."""
    net = iso.Network()
    add_pacemakers(net, "source", N)
    cells = iso.LIF(N, tau=20 * u.ms, V_th=100 * u.mV)
    net.add_population("cells", cells)
    comm = iso.OneToOne(N, WEIGHTS * u.mV)
    net.add_projection("jumps", iso.DeltaProj(comm=comm, post=cells), pre="source")
    return net


def truth(record: Record) -> Verdict:
    """Judge the potential: each spike adds its weight in the step after it, and that decays."""
    V = pulse_response(record.spikes["source"], lambda age: np.exp(-age / TAU_STEPS), WEIGHTS, record.steps)
    return judge(record, {"cells.V": V})


CASE = Case(
    "delta",
    "Catches a jump that is scaled by dt, lost, delivered twice or delivered before the decay of its step.",
    build,
    truth=truth,
)
