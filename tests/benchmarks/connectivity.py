"""Measure how long each rule of connectivity takes for ten million synapses, and how much memory.

Run it as ``python tests/benchmarks/connectivity.py [--synapses 10000000] [--write docs/reports/connectivity.md]``.
"""

from __future__ import annotations

import argparse
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from isospike import connectivity as rules
from isospike.random.host import HostRandom

CELLS = 20_000
SECONDS = 10.0
LEAST = 4  # bytes a synapse: its target


def listed(synapses: int) -> rules.CSR:
    cells = HostRandom(1, "list").integers((2, synapses), CELLS)
    return rules.explicit_edges(CELLS, CELLS, *cells, multapses=True)[0]


def made(rule: str, n: int) -> rules.CSR:
    """Return a network of about ``n`` synapses between 20 000 cells, none of them with itself."""
    rng, each, pairs = HostRandom(1, rule), n // CELLS, CELLS * CELLS
    sheet, own = (100, 200), {"self_offset": 0}
    width = (n / (0.8 * 2 * np.pi * pairs)) ** 0.5
    makers: dict[str, Callable[[], rules.CSR]] = {
        "all_to_all": lambda: rules.all_to_all(*[round(n**0.5)] * 2, **own),
        "distance_dependent": lambda: rules.distance_dependent(rng, sheet, sheet, 0.8, width, periodic=True, **own),
        "explicit_edges": lambda: listed(n),
        "fixed_in_degree": lambda: rules.fixed_in_degree(rng, CELLS, CELLS, each, **own),
        "fixed_out_degree": lambda: rules.fixed_out_degree(rng, CELLS, CELLS, each, **own),
        "fixed_probability": lambda: rules.fixed_probability(rng, CELLS, CELLS, n / pairs, **own),
        "fixed_total_number": lambda: rules.fixed_total_number(rng, CELLS, CELLS, n, **own),
        "small_world": lambda: rules.small_world(rng, CELLS, each // 2 * 2, 0.1),
    }
    return makers[rule]()


RULES = (
    "all_to_all",
    "distance_dependent",
    "explicit_edges",
    "fixed_in_degree",
    "fixed_out_degree",
    "fixed_probability",
    "fixed_total_number",
    "small_world",
)


def row(rule: str, synapses: int) -> str:
    """Return a line of the table; the peak is that of this process."""
    made(rule, 100_000)
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    csr = made(rule, synapses)
    seconds = time.process_time() - start
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / csr.n_synapses
    held = (csr.indptr.nbytes + csr.indices.nbytes) / csr.n_synapses
    kept = "yes" if seconds < SECONDS * csr.n_synapses / 1e7 and held < 1.1 * LEAST else "NO"
    memory = f"{held:.3f} | {held + 8:.3f} | {peak:.1f}"
    return f"| {rule} | {csr.n_synapses / 1e6:.2f} | {seconds:.2f} | {memory} | {kept} |"


def table(synapses: int) -> str:
    """Measure each rule in a process of its own, so that its peak of memory is its own."""
    lines = [
        "| rule | synapses (millions) | CPU time (s) | bytes a synapse | with weight and delay | peak | kept |",
        "|---|---|---|---|---|---|---|",
    ]
    for rule in RULES:
        command = [sys.executable, __file__, "--rule", rule, "--synapses", str(synapses)]
        lines.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synapses", type=int, default=10_000_000)
    parser.add_argument("--rule", choices=RULES)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    if options.rule:
        print(row(options.rule, options.synapses))  # noqa: T201
        return
    text = (
        "# Connectivity\n\n`python tests/benchmarks/connectivity.py` printed, on one core of "
        f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}:\n\n"
        f"{table(options.synapses)}\n\n"
        f"{CELLS} cells onto themselves. Kept: less than {SECONDS:g} s for ten million synapses, and less than 10 % "
        f"more than the {LEAST} bytes of the targets alone; a weight in float32 and a delay in int32 add 8. The peak "
        "is what the process grew by while they were made, in bytes a synapse.\n"
    )
    print(text)  # noqa: T201
    if options.write:
        options.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
