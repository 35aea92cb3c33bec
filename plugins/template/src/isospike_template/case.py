"""The dynamics that every backend is judged by: neurons under constant currents, and what their synapses make of it."""

from __future__ import annotations

import isospike as iso
import numpy as np
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.truth import judge, pulse_response

__all__ = ["CASE", "build"]

N = 32  # cells
CURRENT = np.linspace(0.0, 0.4, N)  # nA; the threshold current is 0.15 nA
WEIGHTS = np.linspace(1.0, 2.0, N)  # nS


def build() -> iso.Network:
    """Return neurons that spike or do not, each with a synapse onto a leaky cell."""
    net = iso.Network()
    net.add_population("source", iso.neurons.TemplateNeuron(N))
    net.add_input("drive", iso.ConstantInput(N, amplitude=CURRENT * u.nA), target="source")
    rest = -65 * u.mV
    cells = iso.LIF(N, V_rest=rest, V_initializer=rest, V_th=100 * u.mV, tau=20 * u.ms, R=100 * u.Mohm)
    net.add_population("cells", cells)
    excite = iso.AlignPostProj(
        comm=iso.OneToOne(N, WEIGHTS * u.nS),
        syn=iso.synapses.TemplateSynapse.desc(),
        out=iso.COBA.desc(E=0 * u.mV),
        post=cells,
    )
    net.add_projection("excite", excite, pre="source")
    return net


def truth(record: Record) -> Verdict:
    """Judge potentials and conductances by the solutions of the equations."""
    limit, step = -65.0 + 100.0 * CURRENT, np.arange(1, record.steps + 1)[:, None]
    depth = (limit + 65.0) / np.maximum(limit + 50.0, 1e-300)
    period = np.where(limit > -50.0, np.ceil(100.0 * np.log(np.maximum(depth, 1.0))), 1e9).astype(np.int64)
    phase = (step - 1) % period + 1
    V = limit + (-65.0 - limit) * np.exp(-phase / 100.0)  # tau is a hundred steps
    g = pulse_response(record.spikes["source"], lambda age: np.exp(-age / 50.0), WEIGHTS, record.steps)
    return judge(record, {"source.V": V, "excite.syn.g": g}, {"source": phase == period})


CASE = Case(
    "isospike_template",
    "Catches a decay that is off by a rounding at every step, or an event that arrives a step late.",
    build,
    truth=truth,
)
