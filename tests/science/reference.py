"""COBA and CUBA by hand: the loop that isospike is judged against, and its spread over seeds.

Vogels and Abbott (2005); Brette et al. (2007), benchmarks 1 and 2. Potentials in mV, times in ms,
conductances in units of the leak, currents times the membrane resistance in mV. Run as a script, it computes
``ENSEMBLE`` anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

Train: TypeAlias = tuple[np.ndarray, np.ndarray]
Measured: TypeAlias = dict[str, tuple[float, float]]

DT, TAU, TAU_E, TAU_I, V_TH, V_RESET = 0.1, 20.0, 5.0, 10.0, -50.0, -60.0
REFRACTORY = 50  # steps
N, N_E, PROBABILITY = 4000, 3200, 0.02


@dataclass(frozen=True)
class Model:
    """What the two networks differ in."""

    conductance: bool
    drive: float  # V_rest + R I, where the cells would rest without synapses
    weight_e: float
    weight_i: float


MODELS = {"coba": Model(True, -40.0, 0.6, 6.7), "cuba": Model(False, -49.0, 1.62, -9.0)}

# Mean and standard deviation over seeds 0 to 15 of the rate in Hz and of the mean coefficient of variation of
# the intervals, for runs of 200 and 1000 ms.
ENSEMBLE = {
    ("coba", 200): {"rate": (19.573, 1.629), "cv": (0.738, 0.027)},
    ("coba", 1000): {"rate": (20.519, 1.390), "cv": (1.553, 0.043)},
    ("cuba", 200): {"rate": (5.838, 0.262), "cv": (0.252, 0.009)},
    ("cuba", 1000): {"rate": (5.599, 0.235), "cv": (0.520, 0.008)},
}


@dataclass
class Network:
    """Targets of each cell, and the variables at the start."""

    targets: list[np.ndarray]
    V: np.ndarray
    g_e: np.ndarray
    g_i: np.ndarray


def draw(model: Model, seed: int) -> Network:
    """Draw a network by NumPy's generator, which isospike does not use."""
    rng = np.random.default_rng(seed)
    targets = []
    for i in range(N):
        row = rng.random(N) < PROBABILITY
        row[i] = False
        targets.append(np.flatnonzero(row))
    if not model.conductance:
        return Network(targets, rng.uniform(-60, -50, N), np.zeros(N), np.zeros(N))
    g_e, g_i = rng.normal(4, 1.5, N), rng.normal(20, 12, N)
    return Network(targets, rng.normal(-65, 5, N), np.maximum(g_e, 0), np.maximum(g_i, 0))


def run(model: Model, network: Network, n_steps: int) -> Train:
    """Return step and cell of every spike.

    A step delivers the spikes of the step before, resets the cells that sent them, integrates exactly with
    the conductances held, and tests the threshold.
    """
    V, g_e, g_i = network.V.copy(), network.g_e.copy(), network.g_i.copy()
    wait = np.zeros(N, np.int64)
    fired = np.flatnonzero(V >= V_TH)
    steps, cells = [], []
    for step in range(n_steps):
        g_e = g_e * np.exp(-DT / TAU_E) + model.weight_e * arriving(network, fired[fired < N_E])
        g_i = g_i * np.exp(-DT / TAU_I) + model.weight_i * arriving(network, fired[fired >= N_E])
        V[fired] = V_RESET
        total = 1.0 + g_e + g_i if model.conductance else np.ones(N)
        V_inf = (model.drive - 80.0 * g_i) / total if model.conductance else model.drive + g_e + g_i
        V = np.where(wait > 0, V, V_inf + (V - V_inf) * np.exp(-DT / TAU * total))
        fired = np.flatnonzero((wait == 0) & (V >= V_TH))
        wait = np.maximum(wait - 1, 0)
        wait[fired] = REFRACTORY
        steps.append(np.full(fired.size, step))
        cells.append(fired)
    return np.concatenate(steps), np.concatenate(cells)


def arriving(network: Network, senders: np.ndarray) -> np.ndarray:
    """Return the number of spikes that arrive at each cell."""
    hit = [network.targets[i] for i in senders]
    return np.bincount(np.concatenate(hit) if hit else np.zeros(0, np.int64), minlength=N)


def ensemble(simulated: Callable[[int], Train], steps_per_ms: int) -> list[tuple[int, Measured]]:
    """Return mean and deviation over seeds of rate and irregularity, for runs of 200 and 1000 ms."""
    from isospike.results.intervals import cv_isi

    runs = [simulated(seed) for seed in range(16)]
    found = []
    for ms in (200, 1000):
        end = ms * steps_per_ms
        chosen = [(steps[steps < end], cells[steps < end].astype(np.int32)) for steps, cells in runs]
        values = {
            "rate": [steps.size / (N * ms * 1e-3) for steps, _ in chosen],
            "cv": [cv_isi(*train, N) for train in chosen],
        }
        found.append((ms, {k: (float(np.mean(x)), float(np.std(x, ddof=1))) for k, x in values.items()}))
    return found


def print_ensemble(name: str, found: list[tuple[int, Measured]]) -> None:
    """Write an ensemble as Python."""
    for ms, values in found:
        shown = ", ".join(f'"{k}": ({m:.3f}, {s:.3f})' for k, (m, s) in values.items())
        sys.stdout.write(f'    ("{name}", {ms}): {{{shown}}},\n')


if __name__ == "__main__":
    for name, model in MODELS.items():
        print_ensemble(name, ensemble(lambda seed, model=model: run(model, draw(model, seed), 10000), 10))
