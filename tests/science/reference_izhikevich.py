"""Izhikevich's network by hand: the program of figure 3 of the paper (2003), with sparse synapses and given noise.

Potentials in mV, times in ms, inputs and u in mV/ms; the time step is 1 ms.
Run as a script, it computes ``ENSEMBLE`` anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from reference import Measured, Train, ensemble, print_ensemble

PEAK = 30.0
N, N_E, PROBABILITY = 4000, 3200, 0.25

# As in reference.py.
ENSEMBLE: dict[tuple[str, int], Measured] = {
    ("izhikevich", 200): {"rate": (9.667, 0.375), "cv": (0.667, 0.042)},
    ("izhikevich", 1000): {"rate": (7.464, 0.098), "cv": (0.377, 0.005)},
}


@dataclass
class Network:
    """Targets and weights of each cell, the parameters of the cells, and their variables at the start."""

    targets: list[np.ndarray]
    weights: list[np.ndarray]
    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    d: np.ndarray
    v: np.ndarray
    u: np.ndarray


def draw(seed: int, n_steps: int) -> tuple[Network, np.ndarray]:
    """Draw a network and its noise by NumPy's generator, which isospike does not use."""
    rng = np.random.default_rng(seed)
    targets = [np.flatnonzero(rng.random(N) < PROBABILITY) for _ in range(N)]
    weights = [(0.5 if i < N_E else -1.0) * rng.random(len(row)) for i, row in enumerate(targets)]
    excites, r = np.arange(N) < N_E, rng.random(N)
    b = np.where(excites, 0.2, 0.25 - 0.05 * r)
    cells = {
        "a": np.where(excites, 0.02, 0.02 + 0.08 * r),
        "b": b,
        "c": np.where(excites, -65.0 + 15.0 * r**2, -65.0),
        "d": np.where(excites, 8.0 - 6.0 * r**2, 2.0),
    }
    noise = np.where(excites, 5.0, 2.0) * rng.normal(size=(n_steps, N))
    return Network(targets, weights, **cells, v=np.full(N, -65.0), u=-65.0 * b), noise


def run(network: Network, noise: np.ndarray) -> Train:
    """Return step and cell of every spike; ``noise`` (step, cell) is the input from the thalamus."""
    v, u = network.v.copy(), network.u.copy()
    a, b, c, d = network.a, network.b, network.c, network.d
    steps, cells = [], []
    for step, thalamus in enumerate(noise):
        fired = np.flatnonzero(v >= PEAK)
        v[fired], u[fired] = c[fired], u[fired] + d[fired]
        current = thalamus.copy()
        for i in fired:
            current[network.targets[i]] += network.weights[i]
        v = v + 0.5 * (0.04 * v**2 + 5.0 * v + 140.0 - u + current)
        v = v + 0.5 * (0.04 * v**2 + 5.0 * v + 140.0 - u + current)
        u = u + a * (b * v - u)
        above = np.flatnonzero(v >= PEAK)
        steps.append(np.full(above.size, step))
        cells.append(above)
    return np.concatenate(steps), np.concatenate(cells)


if __name__ == "__main__":
    print_ensemble("izhikevich", ensemble(lambda seed: run(*draw(seed, 1000)), 1))
