"""Hand-written NumPy loop of the COBA network of Vogels and Abbott (2005): the yardstick of the numpy backend.

The same step as the C++ anchor: exponential Euler with the conductances frozen, exact decay, Bernoulli
connectivity.
"""

from __future__ import annotations

import time

import numpy as np


def connect(n: int, probability: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return CSR rows of a random graph without autapses."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        row = np.flatnonzero(rng.random(n) < probability)
        rows.append(row[row != i])
    return np.concatenate(([0], np.cumsum([r.size for r in rows]))), np.concatenate(rows)


def run(n: int, steps: int, seed: int, dtype: str = "float32") -> tuple[float, float]:
    """Return the rate in Hz and the CPU time in microseconds per step."""
    indptr, indices = connect(n, 80 / n, seed)
    rng = np.random.default_rng(seed + 1)
    n_exc, dt = n * 4 // 5, 0.1
    real = np.dtype(dtype).type
    V = (-65 + 5 * rng.standard_normal(n)).astype(dtype)
    ge = np.maximum(0, 4 + 1.5 * rng.standard_normal(n)).astype(dtype)
    gi = np.maximum(0, 20 + 12 * rng.standard_normal(n)).astype(dtype)
    left = np.zeros(n, np.int32)
    decay_e, decay_i, k = real(np.exp(-dt / 5)), real(np.exp(-dt / 10)), real(-dt / 20)
    rest, e_inh, threshold, reset = real(-60 + 20), real(-80), real(-50), real(-60)
    total, start = 0, time.process_time()
    for _ in range(steps):
        conductance = 1 + ge + gi
        target = (rest + gi * e_inh) / conductance
        moved = target + (V - target) * np.exp(k * conductance)
        V = np.where(left <= 0, moved, V)
        spikes = (left <= 0) & (threshold < V)
        V[spikes] = reset
        left = np.where(spikes, 50, np.maximum(left - 1, 0))
        ge *= decay_e
        gi *= decay_i
        active = np.flatnonzero(spikes)
        total += active.size
        for cells, g, weight in ((active[active < n_exc], ge, 0.6), (active[active >= n_exc], gi, 6.7)):
            if cells.size:
                targets = np.concatenate([indices[indptr[i] : indptr[i + 1]] for i in cells])
                g += real(weight) * np.bincount(targets, minlength=n).astype(dtype)
    elapsed = time.process_time() - start
    return total / (n * steps * dt * 1e-3), elapsed / steps * 1e6
