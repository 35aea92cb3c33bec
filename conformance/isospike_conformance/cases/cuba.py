"""CUBA: 4000 leaky cells with current synapses, the network of docs/examples/cuba.toml."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import DYNAMICS, Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.parts import add_balance, leaky_cells
from isospike_conformance.truth import Drawn, Values, judge_steps

__all__ = ["CASE", "build"]

N, N_EXC = 4000, 3200


def build() -> iso.Network:
    """Return the network of Vogels and Abbott (2005) with currents, which needs no drive."""
    net = iso.Network()
    cells = leaky_cells(N, -49 * u.mV, iso.Uniform(-60 * u.mV, -50 * u.mV))
    syns = [iso.Expon.desc(tau=tau) for tau in (5 * u.ms, 10 * u.ms)]
    add_balance(net, cells, (16.2 * u.pA, -90 * u.pA), syns, [iso.CUBA.desc(scale=1.0)] * 2)
    return net


def by_hand(drawn: Drawn) -> Iterator[Values]:
    """Yield the States of each step of a loop over the same synapses; in mV, pA and ms, with 0.1 mV/pA."""
    V, g_exc, g_inh = (drawn.state(path) for path in ("cells.V", "exc.syn.g", "inh.syn.g"))
    counter, fired = np.zeros(N, int), V >= -50  # a cell that starts above threshold has spiked
    while True:
        g_exc = g_exc * np.exp(-0.1 / 5) + drawn.arriving("exc", fired[:N_EXC])
        g_inh = g_inh * np.exp(-0.1 / 10) + drawn.arriving("inh", fired[N_EXC:])
        limit = -49 + 0.1 * (g_exc + g_inh)
        left = np.maximum(abs(counter) - 1, 0)
        V = np.where(fired, -60.0, V)
        V = np.where(left > 0, V, limit + (V - limit) * np.exp(-0.1 / 20))
        fired = (left == 0) & (V >= -50)
        counter = np.where(fired, -51, left)
        states = {"cells.V": V, "cells.refractory": counter, "exc.syn.g": g_exc, "inh.syn.g": g_inh}
        yield states, {"cells": fired}


def truth(record: Record) -> Verdict:
    """Judge all States and spikes by the loop by hand."""
    return judge_steps(record, by_hand(Drawn(CASE)))


CASE = Case(
    "cuba",
    "Catches a sum of synaptic currents in another order, which nothing between it and the potential hides.",
    build,
    levels=DYNAMICS | {"L2"},
    truth=truth,
)
