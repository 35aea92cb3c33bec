"""What every contender trains, and how its steps are timed: the same weights, inputs and labels, from NumPy alone."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable

import numpy as np
from alone import tell

N_IN, HIDDEN, N_OUT = 100, 256, 2
BETA, KAPPA = 0.95, 0.9  # decay of a cell and of the readout in a step
SLOPE = 10.0  # of the surrogate

_rng = np.random.default_rng(0)
W_IN, W_RECURRENT, W_OUT = (
    (_rng.standard_normal(shape) * scale / shape[0] ** 0.5).astype(np.float32)
    for shape, scale in (((N_IN, HIDDEN), 0.94), ((HIDDEN, HIDDEN), 0.5), ((HIDDEN, N_OUT), 1.0))
)


def data(steps: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Return random spikes as (time, batch, channels), and labels."""
    rng = np.random.default_rng(1)
    return (rng.random((steps, batch, N_IN)) < 0.05).astype(np.float32), rng.integers(0, N_OUT, batch)


def measure(name: str, step: Callable[[], tuple[float, float]], repeats: int) -> None:
    """Time the step, which returns loss and mean spikes of a cell a step, and print what was found."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    loss, rate = step()
    first, times = time.perf_counter() - start, []
    for _ in range(repeats):
        start = time.process_time()
        last, _ = step()
        times.append(time.process_time() - start)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    found = {"first_s": first, "ms": 1e3 * statistics.median(times), "rate": rate, "loss": loss, "last": last}
    tell({"name": name, **found, "grown_mb": grown / 1024})
