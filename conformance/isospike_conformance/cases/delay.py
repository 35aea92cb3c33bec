"""Delays of spikes: one for all cells, one for each cell, and one for each synapse."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.parts import add_pacemakers
from isospike_conformance.truth import judge, pulse_response

__all__ = ["CASE", "build"]

N, TAU_STEPS = 8, 200  # cells, steps in a time constant
WEIGHTS = np.linspace(0.01, 0.3, N * N)  # mV, of each pair of cells
STEPS = {"one": np.array(37), "cell": np.arange(N) * 5, "synapse": (np.arange(N * N) * 7) % 50}


def build() -> iso.Network:
    """Return pacemakers, and for each kind of delay cells that never reach their threshold."""
    net = iso.Network()
    add_pacemakers(net, "source", N)
    for kind, steps in STEPS.items():
        cells = iso.LIF(N, tau=20 * u.ms, V_th=100 * u.mV)
        net.add_population(kind, cells)
        comm = iso.FixedProb(N, N, 1.0, WEIGHTS * u.mV)
        net.add_projection(f"to_{kind}", iso.DeltaProj(comm=comm, post=cells, delay=0.1 * steps * u.ms), pre="source")
    return net


def truth(record: Record) -> Verdict:
    """Judge the potentials: a spike adds its weight in the step after it and its delay, and that decays."""
    sent, cells = record.spikes["source"]
    pairs = np.repeat(sent, N), (cells[:, None] * N + np.arange(N)).reshape(-1)  # a spike is sent to every cell
    found = {}
    for kind, steps in STEPS.items():
        arrival = 1 + (np.repeat(steps, N) if kind == "cell" else np.broadcast_to(steps, N * N))
        each = pulse_response(pairs, _decay, WEIGHTS, record.steps, arrival=arrival)
        found[f"{kind}.V"] = each.reshape(-1, N, N).sum(axis=1)
    return judge(record, found)


def _decay(age: np.ndarray) -> np.ndarray:
    return np.exp(-age / TAU_STEPS)


CASE = Case(
    "delay",
    "Catches a delay that is a step too long or short, or a ring that loses or repeats what it holds where it wraps.",
    build,
    truth=truth,
)
