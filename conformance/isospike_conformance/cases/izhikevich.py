"""Izhikevich: quadratic cells of all kinds under noise, the network of docs/examples/izhikevich.py."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike.random.host import HostRandom
from isospike_conformance.case import DYNAMICS, Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.truth import Drawn, judge

__all__ = ["CASE", "build"]


RATE = u.mV / u.ms  # of an input, which is no current: the equation has no capacitance


def build(n: int = 1000) -> iso.Network:
    """Return the network of Izhikevich (2003), figure 3, with 1000 synapses to a cell in the mean."""
    n_exc = n * 4 // 5
    excites = np.arange(n) < n_exc
    r = HostRandom(int(iso.environ.get("seed")), "cells.r").uniform(n)
    net = iso.Network()
    cells = iso.Izhikevich(
        n,
        a=np.where(excites, 0.02, 0.02 + 0.08 * r) / u.ms,
        b=np.where(excites, 0.2, 0.25 - 0.05 * r) / u.ms,
        c=np.where(excites, -65.0 + 15.0 * r * r, -65.0) * u.mV,
        d=np.where(excites, 8.0 - 6.0 * r * r, 2.0) * RATE,
    )
    net.add_population("cells", cells, groups={"E": (0, n_exc), "I": (n_exc, n)})
    for name, group, size, low, high in (("exc", "E", n_exc, 0.0, 0.5), ("inh", "I", n - n_exc, -1.0, 0.0)):
        comm = iso.FixedProb(size, n, 1000 / n, iso.Uniform(low * RATE, high * RATE))
        proj = iso.CurrentProj(comm=comm, out=iso.CUBA.desc(scale=1.0), post=cells)
        net.add_projection(name, proj, pre=f"cells.{group}")
    thalamus = iso.WhiteNoise(n, sigma=np.where(excites, 5.0, 2.0) * RATE, tau=1 * u.ms)
    net.add_input("thalamus", thalamus, target="cells")
    return net


def truth(record: Record) -> Verdict:
    """Judge spikes, synapses and the recovery by the potentials, whose noise nobody else can draw."""
    drawn = Drawn(CASE)
    cells, V = drawn.module.cells, record.states["cells.V"].values
    a, b, d = (u.split(x)[0] for x in (cells.a, cells.b, cells.d))
    recovery, fires = drawn.state("cells.u"), V >= 30
    fired, found = np.zeros(V.shape[1], bool), []
    n_exc = drawn.module.exc.comm.n_pre
    for potential, fires_now in zip(V, fires, strict=True):
        arriving = drawn.arriving("exc", fired[:n_exc]) + drawn.arriving("inh", fired[n_exc:])
        recovery = recovery + d * fired
        recovery = recovery + a * (b * potential - recovery)
        fired = fires_now
        found.append((recovery, arriving))
    states = {path: np.stack(x) for path, x in zip(("cells.u", "exc.inlet.g"), zip(*found, strict=True), strict=True)}
    return judge(record, states, {"cells": fires}, quantity="scale_ulp.sum")


CASE = Case(
    "izhikevich",
    "Catches a square or a half step that rounds in another way: steps of 1 ms make a chaotic map of the equations.",
    build,
    dt_ms=1.0,
    levels=DYNAMICS | {"L2"},
    truth=truth,
)
