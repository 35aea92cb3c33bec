"""The Hodgkin-Huxley network by hand: Brette et al. (2007), benchmark 3, with the kinetics of Traub and Miles.

Potentials in mV, times in ms, conductances in nS, capacitance in pF. Run as a script, it computes ``ENSEMBLE`` anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from reference import Measured, Train, ensemble, print_ensemble

DT, C, V_T, V_TH = 0.1, 200.0, -63.0, -20.0
G_L, G_NA, G_K = 10.0, 20000.0, 6000.0
E_L, E_NA, E_K, E_EXC, E_INH = -60.0, 50.0, -90.0, 0.0, -80.0
TAU_E, TAU_I, WEIGHT_E, WEIGHT_I = 5.0, 10.0, 6.0, 67.0
N, N_E, PROBABILITY = 4000, 3200, 0.02

# As in reference.py.
ENSEMBLE: dict[tuple[str, int], Measured] = {
    ("hh", 200): {"rate": (34.864, 2.912), "cv": (0.900, 0.030)},
    ("hh", 1000): {"rate": (35.548, 2.651), "cv": (1.966, 0.052)},
}


@dataclass
class Network:
    """Targets of each cell, the number of excitatory cells, and the variables at the start; gates start at 0."""

    targets: list[np.ndarray]
    n_e: int
    V: np.ndarray
    g_e: np.ndarray
    g_i: np.ndarray


def draw(seed: int) -> Network:
    """Draw a network by NumPy's generator, which isospike does not use."""
    rng = np.random.default_rng(seed)
    targets = []
    for i in range(N):
        row = rng.random(N) < PROBABILITY
        row[i] = False
        targets.append(np.flatnonzero(row))
    g_e, g_i = rng.normal(40, 15, N), rng.normal(200, 120, N)
    return Network(targets, N_E, rng.normal(-65, 5, N), np.maximum(g_e, 0), np.maximum(g_i, 0))


def rates(V: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rates of opening and of closing of m, h and n, per ms."""
    v = V - V_T
    opening = [
        0.32 * (13.0 - v) / (np.exp((13.0 - v) / 4.0) - 1.0),
        0.128 * np.exp((17.0 - v) / 18.0),
        0.032 * (15.0 - v) / (np.exp((15.0 - v) / 5.0) - 1.0),
    ]
    closing = [
        0.28 * (v - 40.0) / (np.exp((v - 40.0) / 5.0) - 1.0),
        4.0 / (1.0 + np.exp((40.0 - v) / 5.0)),
        0.5 * np.exp((10.0 - v) / 40.0),
    ]
    return np.array(opening), np.array(closing)


def derivatives(t: float, y: np.ndarray) -> np.ndarray:
    """Return the derivatives of V, m, h, n, g_e, g_i of one cell without arriving spikes; t does not matter."""
    del t
    (V, g_e, g_i), gates = y[[0, 4, 5]], y[1:4]
    m, h, n = gates
    opening, closing = rates(V)
    channels = G_L * (E_L - V) + G_NA * m**3 * h * (E_NA - V) + G_K * n**4 * (E_K - V)
    dV = (channels + g_e * (E_EXC - V) + g_i * (E_INH - V)) / C
    return np.array([dV, *(opening * (1.0 - gates) - closing * gates), -g_e / TAU_E, -g_i / TAU_I])


def run(network: Network, n_steps: int) -> Train:
    """Return step and cell of every spike.

    A step delivers the spikes of the step before, advances V and the gates from their values before the step as if
    their rates stayed as they are (exponential Euler), and looks for potentials that have crossed the threshold.
    """
    V, g_e, g_i = network.V.copy(), network.g_e.copy(), network.g_i.copy()
    gates = np.zeros((3, V.size))
    fired = np.zeros(0, np.int64)
    steps, cells = [], []
    for step in range(n_steps):
        g_e = g_e * np.exp(-DT / TAU_E) + WEIGHT_E * arriving(network, fired[fired < network.n_e])
        g_i = g_i * np.exp(-DT / TAU_I) + WEIGHT_I * arriving(network, fired[fired >= network.n_e])
        m, h, n = gates
        g_na, g_k = G_NA * m**3 * h, G_K * n**4
        total = G_L + g_na + g_k + g_e + g_i
        V_inf = (G_L * E_L + g_na * E_NA + g_k * E_K + g_e * E_EXC + g_i * E_INH) / total
        opening, closing = rates(V)
        steady = opening / (opening + closing)
        gates = steady + (gates - steady) * np.exp(-DT * (opening + closing))
        before, V = V, V_inf + (V - V_inf) * np.exp(-DT * total / C)
        fired = np.flatnonzero((before < V_TH) & (V >= V_TH))
        steps.append(np.full(fired.size, step))
        cells.append(fired)
    return np.concatenate(steps), np.concatenate(cells)


def arriving(network: Network, senders: np.ndarray) -> np.ndarray:
    """Return the number of spikes that arrive at each cell."""
    hit = [network.targets[i] for i in senders]
    return np.bincount(np.concatenate(hit) if hit else np.zeros(0, np.int64), minlength=network.V.size)


if __name__ == "__main__":
    print_ensemble("hh", ensemble(lambda seed: run(draw(seed), 10000), 10))
