"""The four networks of Brette et al. (2007) by hand, each started by its own stimulus.

Potentials in mV, times in ms; conductances in units of the leak (in nS with Hodgkin-Huxley cells), currents times the
membrane resistance in mV. ``report_brette.py`` computes ``ENSEMBLE`` anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import reference_hh as hh
from reference import Measured, Train

from isospike.results.intervals import cv_isi

N, N_E, PROBABILITY = 4000, 3200, 0.02
STIMULATED, RATE, START, STOP = 50, 0.3, 1.0, 51.0  # cells, per ms, ms
TAU, TAU_E, TAU_I, V_TH, V_RESET, REFRACTORY = 20.0, 5.0, 10.0, -50.0, -60.0, 5.0
FROM = 100.0  # ms; what is measured begins here, when the start is over
ALIVE = 100.0  # ms; a network that is silent for as long at the end has died


@dataclass(frozen=True)
class Model:
    """What the four networks differ in."""

    kind: str
    dt: float
    weight_e: float
    weight_i: float
    spread: tuple[float, float]  # of the potentials at the start


MODELS = {
    "brette1": Model("conductance", 0.1, 0.6, 6.7, (-60.0, -60.0)),
    "brette2": Model("current", 0.1, 1.62, -9.0, (-60.0, -50.0)),
    "brette3": Model("channels", 0.1, 6.0, 67.0, (-60.0, -50.0)),
    "brette4": Model("jump", 0.125, 0.25, -2.25, (-60.0, -50.0)),
}

# Mean and standard deviation of the rate in Hz and of the mean coefficient of variation of the intervals, from 100 to
# 1000 ms, over those of the seeds 0 to 11 that live to the end.
ENSEMBLE: dict[str, Measured] = {
    "brette1": {"rate": (19.013, 1.630), "cv": (1.490, 0.043)},
    "brette2": {"rate": (5.590, 0.228), "cv": (0.509, 0.008)},
    "brette3": {"rate": (36.017, 3.020), "cv": (1.913, 0.052)},
    "brette4": {"rate": (9.793, 0.319), "cv": (0.377, 0.004)},
}


@dataclass
class Network:
    """Targets of each cell, the potentials at the start, and the spikes of the stimulus: (step, cell), booleans."""

    targets: list[np.ndarray]
    V: np.ndarray
    stimulus: np.ndarray


def draw(model: Model, seed: int) -> Network:
    """Draw a network by NumPy's generator, which isospike does not use."""
    rng = np.random.default_rng(seed)
    targets = []
    for i in range(N):
        row = rng.random(N) < PROBABILITY
        row[i] = False
        targets.append(np.flatnonzero(row))
    first, end = round(START / model.dt), round(STOP / model.dt)
    stimulus = rng.random((end, STIMULATED)) < -np.expm1(-RATE * model.dt)
    stimulus[:first] = False
    return Network(targets, rng.uniform(*model.spread, N), stimulus)


def run(name: str, network: Network, n_steps: int) -> Train:
    """Return step and cell of every spike.

    A step delivers the spikes of two steps before, those of the step before being delayed by one, and advances the
    cells with what is then delivered.
    """
    model = MODELS[name]
    cells: Any = Channels(network.V) if model.kind == "channels" else IntegrateAndFire(model, network.V)
    g_e, g_i = np.zeros(N), np.zeros(N)
    sent = [(np.zeros(0, np.int64), np.zeros(STIMULATED))] * 2
    steps, spikes = [], []
    for step in range(n_steps):
        fired, stimulus = sent.pop(0)
        arriving_e = arriving(network, fired[fired < N_E])
        arriving_e[:STIMULATED] += stimulus
        arriving_i = arriving(network, fired[fired >= N_E])
        keep_e, keep_i = (0.0, 0.0) if model.kind == "jump" else np.exp([-model.dt / TAU_E, -model.dt / TAU_I])
        g_e = g_e * keep_e + model.weight_e * arriving_e
        g_i = g_i * keep_i + model.weight_i * arriving_i
        fired = cells.step(g_e, g_i)
        now = network.stimulus[step] if step < len(network.stimulus) else np.zeros(STIMULATED)
        sent.append((fired, now.astype(np.float64)))
        steps.append(np.full(fired.size, step))
        spikes.append(fired)
    return np.concatenate(steps), np.concatenate(spikes)


class IntegrateAndFire:
    """Cells with a reset and a refractory period, whose synapses give conductances, currents or jumps."""

    def __init__(self, model: Model, V: np.ndarray) -> None:
        self.model, self.V, self.fired = model, V.copy(), np.flatnonzero(V >= V_TH)
        self.wait = np.zeros(N, np.int64)

    def step(self, g_e: np.ndarray, g_i: np.ndarray) -> np.ndarray:
        """Reset, integrate exactly with what the synapses give held, jump, test the threshold; return who fired."""
        dt, kind = self.model.dt, self.model.kind
        V = self.V
        V[self.fired] = V_RESET
        total, V_inf, jump = np.ones(N), np.full(N, -49.0), np.zeros(N)
        if kind == "conductance":
            total = 1.0 + g_e + g_i
            V_inf = (-60.0 - 80.0 * g_i) / total
        elif kind == "current":
            V_inf = V_inf + g_e + g_i
        else:
            jump = g_e + g_i
        V = V_inf + (V - V_inf) * np.exp(-dt / TAU * total) + jump
        self.V = np.where(self.wait > 0, self.V, V)
        self.fired = np.flatnonzero((self.wait == 0) & (self.V >= V_TH))
        self.wait = np.maximum(self.wait - 1, 0)
        self.wait[self.fired] = round(REFRACTORY / dt)
        return self.fired


class Channels:
    """Hodgkin-Huxley cells, their gates at first in the steady state of their potential."""

    def __init__(self, V: np.ndarray) -> None:
        self.V = V.copy()
        opening, closing = hh.rates(V)
        self.gates = opening / (opening + closing)

    def step(self, g_e: np.ndarray, g_i: np.ndarray) -> np.ndarray:
        """Advance by exponential Euler, all from the values before; return who crossed the threshold upwards."""
        V, (m, h, n) = self.V, self.gates
        g_na, g_k = hh.G_NA * m**3 * h, hh.G_K * n**4
        total = hh.G_L + g_na + g_k + g_e + g_i
        V_inf = (hh.G_L * hh.E_L + g_na * hh.E_NA + g_k * hh.E_K + g_e * hh.E_EXC + g_i * hh.E_INH) / total
        opening, closing = hh.rates(V)
        steady = opening / (opening + closing)
        self.gates = steady + (self.gates - steady) * np.exp(-hh.DT * (opening + closing))
        self.V = V_inf + (V - V_inf) * np.exp(-hh.DT * total / hh.C)
        return np.flatnonzero((V < hh.V_TH) & (self.V >= hh.V_TH))


def arriving(network: Network, senders: np.ndarray) -> np.ndarray:
    """Return the number of spikes that arrive at each cell."""
    hit = [network.targets[i] for i in senders]
    return np.bincount(np.concatenate(hit) if hit else np.zeros(0, np.int64), minlength=N).astype(np.float64)


def measured(train: Train, dt: float, ms: float) -> dict[str, float]:
    """Return rate in Hz and irregularity after the stimulus, and the time of the last spike in ms."""
    steps, cells = train
    late = steps >= round(FROM / dt)
    rate = late.sum() / (N * (ms - FROM) * 1e-3)
    last = float((steps[-1] + 1) * dt) if steps.size else 0.0
    return {"rate": float(rate), "cv": cv_isi(steps[late], cells[late].astype(np.int32), N), "last": last}


def alive(found: dict[str, float], ms: float) -> bool:
    """Say whether a network had activity to the end of a run of some milliseconds."""
    return ms - found["last"] < ALIVE
