"""Poisson trains of several rates into leaky cells."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.truth import TruthVerdict, judge_moment

__all__ = ["CASE", "build"]

RATES = np.repeat([5.0, 50.0, 500.0, 5000.0], 64)  # Hz


def build() -> iso.Network:
    """Return trains, and cells that hear a tenth of them."""
    net = iso.Network()
    net.add_population("source", iso.PoissonInput(RATES.size, rate=RATES * u.Hz))
    cells = iso.LIF(64, tau=10 * u.ms, V_th=1 * u.mV)
    net.add_population("cells", cells)
    comm = iso.FixedProb(RATES.size, 64, 0.1, 0.02 * u.mV)
    net.add_projection("kicks", iso.DeltaProj(comm=comm, post=cells), pre="source")
    return net


def truth(record: Record) -> Verdict:
    """Judge the number of spikes of each rate, and of spikes in two steps on end, which are independent."""
    fired = record.states["source.fired"].values
    twice = fired[1:] & fired[:-1]
    parts: dict[str, Verdict] = {}
    for rate in np.unique(RATES):
        cells, chance = rate == RATES, -np.expm1(-rate * 1e-4)
        parts[f"{rate:g} Hz"] = judge_moment(fired[:, cells].mean(axis=0), chance)
        if rate * chance > 10:  # else there are too few of them for the spread of their number to be known
            parts[f"{rate:g} Hz, pairs"] = judge_moment(twice[:, cells].mean(axis=0), chance**2)
    return TruthVerdict(parts)


CASE = Case(
    "poisson",
    "Catches random words that depend on the way of running, a threshold off by one, or a boolean State as a float.",
    build,
    truth=truth,
)
