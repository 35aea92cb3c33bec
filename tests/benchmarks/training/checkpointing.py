"""Measure what checkpointed loops cost in time and save in memory, and print the table of the report.

Run it as ``python tests/benchmarks/training/checkpointing.py [--write docs/reports/checkpointing.md]`` on one quiet
core. Each row is a process of its own: the growth of its largest resident memory over a loop of one step, and the
median CPU time of a gradient.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from alone import alone, tell

CELLS, BATCH = 256, 32
LOOPS = {"plain": "for_loop", "checkpointed": "checkpointed_for_loop", "memory='512 MB'": "checkpointed_for_loop"}
LIMITS = {"jax": 1.3, "torch": 2.0}  # of the plain loop's time at 1024 steps
BUDGET_MB = 512


def gradient_of(backend: str, kind: str) -> Callable[[int], dict[str, Any]]:
    """Return a function from a number of steps to the compiled gradient of a recurrent network's mean potential."""
    import isospike as iso
    from isospike import units as u

    class Recurrent(iso.Module):
        def __init__(self) -> None:
            self.weights = iso.Linear(CELLS, CELLS, iso.Normal(0.1 * u.mA, 0.5 * u.mA), None)
            self.cells = iso.LIF(CELLS, tau=20 * u.ms, V_th=1 * u.mV)

        def update(self, drive: Any) -> Any:
            self.cells(drive * u.mA + self.weights(self.cells.get_spike()))
            return iso.math.mean(self.cells.V.value)

    iso.environ.set(
        dt=1 * u.ms, backend=backend, precision="float32", engine="compiled" if backend == "torch" else None
    )
    network = iso.init_all_states(Recurrent(), batch_size=BATCH)
    weights = network.states(iso.ParamState)
    more = {"memory": f"{BUDGET_MB} MB"} if kind.startswith("memory") else {}
    loop = getattr(iso.transform, LOOPS[kind])

    def loss(drive: Any) -> Any:
        iso.reset_all_states(network)
        return iso.math.mean(loop(network, drive, **more) / u.mV)

    step = iso.transform.jit(iso.transform.grad(loss, weights))
    host = iso.select.get_backend(backend).to_numpy
    return lambda steps: {k: host(u.split(g)[0]) for k, g in step(np.full(steps, 1.1, np.float32)).items()}


def measure(backend: str, kind: str, steps: int) -> dict[str, float]:
    """Return time, memory and a sum of the gradient, in this process."""
    step = gradient_of(backend, kind)
    step(1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = step(steps)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    times = []
    for _ in range(5 if steps <= 1024 else 1):
        start = time.process_time()
        step(steps)
        times.append(time.process_time() - start)
    total = float(sum(np.abs(g, dtype=np.float64).sum() for g in found.values()))
    return {"seconds": statistics.median(times), "grown_mb": grown, "gradient": total}


def report() -> tuple[str, bool]:
    """Return the table, and whether every limit is kept."""
    lines = [
        "| backend | steps | loop | CPU s a gradient | of plain | memory grown, MB | sum of the gradient's sizes |",
        "|---|---|---|---|---|---|---|",
    ]
    kept = True
    for backend, limit in LIMITS.items():
        for steps in (1024, 16384):
            plain = None
            for kind in LOOPS:
                words = [backend, kind, str(steps)]
                found = alone(" ".join(words), [sys.executable, __file__, "--alone", *words])
                plain = plain or found["seconds"]
                ratio = found["seconds"] / plain
                kept = kept and (steps != 1024 or kind != "checkpointed" or ratio <= limit)
                kept = kept and (not kind.startswith("memory") or found["grown_mb"] <= BUDGET_MB)
                lines.append(
                    f"| {backend} | {steps} | {kind} | {found['seconds']:.2f} | {ratio:.2f} | {found['grown_mb']:.0f} "
                    f"| {found['gradient']:.5g} |"
                )
    return "\n".join(lines), kept


def main() -> None:
    """Measure, print, and write the report where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alone", nargs=3)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    if options.alone:
        backend, kind, steps = options.alone
        tell(measure(backend, kind, int(steps)))
        return
    rows, kept = report()
    text = (
        f"# Checkpointed loops\n\n`taskset -c 0 python tests/benchmarks/training/checkpointing.py` printed, for "
        f"{CELLS} recurrent LIF cells, batch {BATCH}, float32:\n\n{rows}\n"
    )
    print(text)  # noqa: T201
    if options.write:
        options.write.write_text(text)
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
