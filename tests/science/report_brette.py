"""Measure ensembles of the loop by hand of the four benchmarks, and isospike beside them, and print the report.

Run it as ``python tests/science/report_brette.py [--write docs/reports/brette.md]``; it takes some ten minutes on one
core. The ``ENSEMBLE`` of ``reference_brette.py`` is in the output.
"""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

import numpy as np
import reference_brette as reference
from networks import EXAMPLES

import isospike as iso
from isospike import units as u
from isospike.config.plan import load
from isospike.select import get_backend

SEEDS, MS, LONG_MS = 12, 1000.0, 2000.0
OWN_SEEDS, BACKENDS = (1, 2, 3), ("numpy", "jax")
TEXT = """\
# The benchmarks of Brette et al. (2007)

`python tests/science/report_brette.py --write docs/reports/brette.md` wrote this page, on one {cpu}, with
{versions}.

[brette1](../examples/brette1.toml) to [brette4](../examples/brette4.toml) are set going by a stimulus of their own: 50
trains of 300 Hz, one to each of 50 excitatory cells, from 1 to 51 ms. The cells of 1 start at rest, at -60 mV, and are
silent without it. Those of 2 to 4 fire by themselves, and start evenly spread from -60 to -50 mV, the gates of 3 in
their steady state. All synaptic variables start at zero.

Measured is from {first:g} to {ms:g} ms: spikes of all 4000 cells a second, and the coefficient of variation of the
intervals, a mean over the cells with three spikes or more. The reference is a loop by hand in float64
(`tests/science/reference_brette.py`) that draws networks, potentials and stimuli from NumPy's generator, seeds
0 to {last}. A network that was silent for the last {alive:g} ms would have died, and be left out.

| network | rate (Hz), mean +- sd | least to most | CV, mean +- sd | least to most | alive at {ms:g} ms \
| at {long_ms:g} ms |
|---|---|---|---|---|---|---|
"""
OWN = """
isospike, in float32, with synapses and stimuli of its own from seeds {seeds}; each value, and in brackets how many
standard deviations of the ensemble it lies from its mean (3 are allowed):

| network | backend | rates (Hz) | CV | alive at {ms:g} ms |
|---|---|---|---|---|
"""


def ensemble(name: str) -> tuple[list[dict[str, float]], int, int]:
    """Return what is measured in the seeds that live, and how many live to the end and to that of a longer run."""
    model, found, long = reference.MODELS[name], [], 0
    for seed in range(SEEDS):
        steps, cells = reference.run(name, reference.draw(model, seed), round(LONG_MS / model.dt))
        long += reference.alive(reference.measured((steps, cells), model.dt, LONG_MS), LONG_MS)
        until = steps < round(MS / model.dt)
        found.append(reference.measured((steps[until], cells[until]), model.dt, MS))
    found = [one for one in found if reference.alive(one, MS)]
    return found, len(found), long


def line(name: str, found: list[dict[str, float]], short: int, long: int) -> str:
    """Return a line of the table of the ensembles."""
    columns = []
    for key in ("rate", "cv"):
        values = np.array([one[key] for one in found])
        columns += [f"{values.mean():.3f} +- {values.std(ddof=1):.3f}", f"{values.min():.3f} to {values.max():.3f}"]
    return f"| {name} | {' | '.join(columns)} | {short} of {SEEDS} | {long} of {SEEDS} |\n"


def own_line(name: str, backend: str, found: list[dict[str, float]]) -> str:
    """Return a line of the table of isospike's runs: each value, and its distance from the reference."""
    runs = []
    for seed in OWN_SEEDS:
        plan = load(EXAMPLES / f"{name}.toml")
        with iso.environ.context(**{**plan.environment(), "backend": backend, "seed": seed}):
            train = iso.simulate(iso.init_all_states(plan.build()[0]), MS * u.ms).train("cells")
        runs.append(reference.measured(train, reference.MODELS[name].dt, MS))
    columns = []
    for key in ("rate", "cv"):
        values = np.array([one[key] for one in found])
        distances = [(one[key], (one[key] - values.mean()) / values.std(ddof=1)) for one in runs]
        columns.append(", ".join(f"{value:.3f} ({distance:+.1f})" for value, distance in distances))
    alive = sum(reference.alive(one, MS) for one in runs)
    return f"| {name} | {backend} | {' | '.join(columns)} | {alive} of {len(runs)} |\n"


def environment() -> tuple[str, str]:
    """Return the processor, and the versions of what computes."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(": ")[1] for line in info if "model name" in line), "unknown processor")
    versions = {"python": platform.python_version()}
    for backend in BACKENDS:
        versions |= get_backend(backend).versions()
    return cpu, ", ".join(f"{k} {v}" for k, v in versions.items())


def main() -> None:
    """Run, print, and write the report where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    cpu, versions = environment()
    limits = {"first": reference.FROM, "alive": reference.ALIVE, "last": SEEDS - 1, "ms": MS, "long_ms": LONG_MS}
    report, own = TEXT.format(cpu=cpu, versions=versions, **limits), OWN.format(seeds=OWN_SEEDS, ms=MS)
    for name in reference.MODELS:
        found, *survivors = ensemble(name)
        lines = line(name, found, *survivors), "".join(own_line(name, backend, found) for backend in BACKENDS)
        report, own = report + lines[0], own + lines[1]
        for key in ("rate", "cv"):
            values = [one[key] for one in found]
            sys.stdout.write(f'ENSEMBLE["{name}"]["{key}"] = ({np.mean(values):.3f}, {np.std(values, ddof=1):.3f})\n')
        sys.stdout.write("".join(lines))
        sys.stdout.flush()
    if options.write:
        options.write.write_text(report + own)


if __name__ == "__main__":
    main()
