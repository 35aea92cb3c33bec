"""Closed-form leaky cells: decay below threshold, and above it the f-I curve."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.truth import judge

__all__ = ["CASE", "build"]

N, TAU_STEPS = 64, 200  # cells, steps in a time constant
REST, THRESHOLD, RESET, START = -65.0, -50.0, -70.0, -60.0  # mV
CURRENT = np.linspace(0.0, 400.0, N)  # pA; the threshold current is 150 pA


def build() -> iso.Network:
    """Return cells under constant currents from none to 400 pA."""
    net = iso.Network()
    cells = iso.LIF(
        N,
        V_rest=REST * u.mV,
        V_th=THRESHOLD * u.mV,
        V_reset=RESET * u.mV,
        V_initializer=START * u.mV,
        spk_reset="hard",
        tau=20 * u.ms,
        R=100 * u.Mohm,
    )
    net.add_population("cells", cells)
    net.add_input("drive", iso.ConstantInput(N, amplitude=CURRENT * u.pA), target="cells")
    return net


def truth(record: Record) -> Verdict:
    r"""Judge potentials and spikes by the solution of the equation.

    .. math:: V(p) = V_\infty + (V_0 - V_\infty) e^{-p\,dt / \tau}, \qquad
              p_{spike} = \left\lceil \frac{\tau}{dt} \ln\frac{V_\infty - V_0}{V_\infty - V_{th}} \right\rceil

    with p the number of steps since the start or the last spike, and V_0 the potential then.
    """
    limit = REST + 0.1 * CURRENT
    step = np.arange(1, record.steps + 1)[:, None]
    first, period = _crossing(limit, START), _crossing(limit, RESET)
    late = step > first
    phase = np.where(late, (step - first - 1) % period + 1, step)
    V = limit + (np.where(late, RESET, START) - limit) * np.exp(-phase / TAU_STEPS)
    fires = (step == first) | (late & (phase == period))
    return judge(record, {"cells.V": V}, {"cells": fires})


def _crossing(limit: np.ndarray, start: float) -> np.ndarray:
    """Return how many steps a cell takes from a potential to the threshold; more than any run where it never does."""
    ratio = (limit - start) / np.maximum(limit - THRESHOLD, 1e-300)
    steps = np.ceil(TAU_STEPS * np.log(np.maximum(ratio, 1.0)))
    return np.where(limit > THRESHOLD, steps, 1e9).astype(np.int64)


CASE = Case(
    "lif",
    "Catches a decay or gain that is off by a rounding at every step, or a threshold that is tested a step late.",
    build,
    truth=truth,
)
