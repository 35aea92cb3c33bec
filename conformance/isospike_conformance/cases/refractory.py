"""Refractory periods from none to 3.1 ms: an integer State beside a floating one."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.truth import judge

__all__ = ["CASE", "build"]

N, TAU_STEPS, LIMIT = 32, 100, 3.0  # cells, steps in a time constant, mV that the drive pulls to; the threshold is 1 mV
HELD = np.arange(N)  # steps


def build() -> iso.Network:
    """Return cells under one current with a refractory period of 0 to 31 steps."""
    net = iso.Network()
    cells = iso.LIFRef(N, tau=10 * u.ms, tau_ref=0.1 * HELD * u.ms, V_th=1 * u.mV, spk_reset="hard")
    net.add_population("cells", cells)
    net.add_input("drive", iso.ConstantInput(N, amplitude=LIMIT * u.mA), target="cells")
    return net


def truth(record: Record) -> Verdict:
    """Judge potentials, counters and spikes: a period is the refractory one and the way from reset to threshold."""
    rise = int(np.ceil(TAU_STEPS * np.log(LIMIT / (LIMIT - 1.0))))
    step = np.arange(1, record.steps + 1)[:, None]
    since = (step - rise) % (HELD + rise)  # steps since the last spike
    before = step < rise
    charged = np.where(before, step, np.where(since == 0, rise, np.maximum(since - HELD, 0)))
    V = LIMIT * -np.expm1(-charged / TAU_STEPS)
    counter = np.where(since == 0, -(HELD + 1), np.maximum(HELD + 1 - since, 0))
    fires = ~before & (since == 0)
    states = {"cells.V": V, "cells.refractory": np.where(before, 0, counter)}
    return judge(record, states, {"cells": fires})


CASE = Case(
    "refractory",
    "Catches a refractory period that is a step too long or short, or an integer State that goes through a float.",
    build,
    truth=truth,
)
