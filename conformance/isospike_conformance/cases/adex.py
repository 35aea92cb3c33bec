"""AdEx: a small network of adaptive exponential cells with noise in their initial state."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import DYNAMICS, Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.truth import Drawn, Values, judge_steps

__all__ = ["CASE", "build"]

N, N_EXC = 400, 320


def build() -> iso.Network:
    """Return cells of Brette and Gerstner (2005) under a current, with excitation and inhibition at random."""
    net = iso.Network()
    cells = iso.AdExIFRef(
        N,
        R=1 / (30 * u.nS),
        tau=281 / 30 * u.ms,
        tau_w=144 * u.ms,
        tau_ref=2 * u.ms,
        V_rest=-70.6 * u.mV,
        V_reset=-70.6 * u.mV,
        V_T=-50.4 * u.mV,
        V_th=20 * u.mV,
        delta_T=2 * u.mV,
        a=4 * u.nS,
        b=80.5 * u.pA,
        V_initializer=iso.Uniform(-70.6 * u.mV, -51 * u.mV),
    )
    net.add_population("cells", cells, groups={"E": (0, N_EXC), "I": (N_EXC, N)})
    for name, group, (start, stop), weight, tau, reversal in (
        ("exc", "E", (0, N_EXC), 2 * u.nS, 5 * u.ms, 0 * u.mV),
        ("inh", "I", (N_EXC, N), 8 * u.nS, 10 * u.ms, -80 * u.mV),
    ):
        comm = iso.FixedProb(stop - start, N, 0.1, weight, self_offset=start)
        syn, out = iso.Expon.desc(tau=tau), iso.COBA.desc(E=reversal)
        net.add_projection(name, iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre=f"cells.{group}")
    net.add_input("drive", iso.ConstantInput(N, amplitude=800 * u.pA), target="cells")
    return net


def by_hand(drawn: Drawn) -> Iterator[Values]:
    """Yield the States of each step of a loop over the same synapses; in mV, nS, pA, pF and ms, with 30 nS of leak."""
    V, w, fired = drawn.state("cells.V"), np.zeros(N), np.zeros(N, bool)
    g_exc, g_inh, counter = np.zeros(N), np.zeros(N), np.zeros(N, int)
    while True:
        g_exc = g_exc * np.exp(-0.1 / 5) + drawn.arriving("exc", fired[:N_EXC])
        g_inh = g_inh * np.exp(-0.1 / 10) + drawn.arriving("inh", fired[N_EXC:])
        left = np.maximum(abs(counter) - 1, 0)
        start, w = np.where(fired, -70.6, V), w + 80.5 * fired
        total = 30 + g_exc + g_inh
        current = 30 * -70.6 + 30 * 2 * np.exp((start + 50.4) / 2) + g_inh * -80 + 800 - w
        V = np.where(left > 0, start, current / total + (start - current / total) * np.exp(-0.1 * total / 281))
        steady = 4 * (start + 70.6)
        w = steady + (w - steady) * np.exp(-0.1 / 144)
        fired = (left == 0) & (V >= 20)
        counter = np.where(fired, -21, left)
        states = {"cells.V": V, "cells.w": w / 1e9, "cells.refractory": counter}  # w in mA
        yield {**states, "exc.syn.g": g_exc, "inh.syn.g": g_inh}, {"cells": fired}


def truth(record: Record) -> Verdict:
    """Judge all States and spikes by the loop by hand."""
    return judge_steps(record, by_hand(Drawn(CASE)), quantity="scale_ulp.upstroke")


CASE = Case(
    "adex",
    "Catches an upstroke whose exponential rounds in another way, or an adaptation that stops while V is held.",
    build,
    rounding="adex",
    levels=DYNAMICS | {"L2"},
    truth=truth,
)
