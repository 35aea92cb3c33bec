"""COBA: 4000 leaky cells with conductance synapses, the network of docs/examples/coba.toml."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import DYNAMICS, Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.parts import add_conductances, leaky_cells
from isospike_conformance.truth import Drawn, Values, judge_steps

__all__ = ["CASE", "build"]

N, N_EXC = 4000, 3200


def build() -> iso.Network:
    """Return the network of Vogels and Abbott (2005) under a constant drive."""
    net = iso.Network()
    add_conductances(net, leaky_cells(N, -60 * u.mV, iso.Normal(-65 * u.mV, 5 * u.mV)))
    net.add_input("drive", iso.ConstantInput(N, amplitude=200 * u.pA), target="cells")
    return net


def by_hand(drawn: Drawn) -> Iterator[Values]:
    """Yield the States of each step of a loop over the same synapses; in mV, nS and ms, with a leak of 10 nS."""
    V, g_exc, g_inh = (drawn.state(path) for path in ("cells.V", "exc.syn.g", "inh.syn.g"))
    counter, fired = np.zeros(N, int), V >= -50  # a cell that starts above threshold has spiked
    while True:
        g_exc = g_exc * np.exp(-0.1 / 5) + drawn.arriving("exc", fired[:N_EXC])
        g_inh = g_inh * np.exp(-0.1 / 10) + drawn.arriving("inh", fired[N_EXC:])
        pull = 1 + (g_exc + g_inh) / 10
        limit = (-60 + 20 + g_inh / 10 * -80) / pull
        left = np.maximum(abs(counter) - 1, 0)
        V = np.where(fired, -60.0, V)
        V = np.where(left > 0, V, limit + (V - limit) * np.exp(-pull * 0.1 / 20))
        fired = (left == 0) & (V >= -50)
        counter = np.where(fired, -51, left)
        states = {"cells.V": V, "cells.refractory": counter, "exc.syn.g": g_exc, "inh.syn.g": g_inh}
        yield states, {"cells": fired}


def truth(record: Record) -> Verdict:
    """Judge all States and spikes by the loop by hand."""
    return judge_steps(record, by_hand(Drawn(CASE)))


CASE = Case(
    "coba",
    "Catches a wrong sum, order or decay: each moves a spike within milliseconds.",
    build,
    levels=DYNAMICS | {"L2"},
    truth=truth,
)
