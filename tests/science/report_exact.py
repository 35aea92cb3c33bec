"""Run a second of each network in every way, compare all bits, and print the table of the report.

Run it as ``python tests/science/report_exact.py [--write docs/reports/exact.md]``; it takes some 15 minutes on one
core. A difference ends it with the State and the step. ``--op-by-op 10000`` lets jax run the whole second without its
compiler, too, which takes some five minutes for each of COBA and CUBA, and a quarter of an hour or more for HH.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from networks import FILES, Running, require_same

from isospike.select import get_backend
from isospike_conformance.compare import digest


class Way(NamedTuple):
    """A backend, one of its engines, and at most how many steps it runs."""

    backend: str
    engine: str
    limit: int = 10_000


WAYS = (
    Way("numpy", "interpreter"),
    Way("jax", "xla"),
    Way("jax", "eager", 250),
    Way("jax", "fused"),
    Way("torch", "eager"),
    Way("torch", "compiled"),
    Way("torch", "fused"),
    Way("native", "cpp"),
)
CHUNK = 250
TEXT = """\
# Exact numerics, proven on networks

`python tests/science/report_exact.py --op-by-op 10000 --write docs/reports/exact.md` writes this page; it was written
on one {cpu}, with {versions}.

Every State of every cell, and every spike, at every step, was compared with that on NumPy: no bit differed. COBA, CUBA
and HH ran a second of model time in steps of 0.1 ms, Izhikevich's network a second in steps of 1 ms, jax op by op
(engine `eager`) for the steps that the table gives. A digest (`isospike_conformance.compare.digest`) stands for all
bits of the States and spikes after the last step: runs of as many steps can be compared with these.

| network | precision | way of running | steps | States compared | spikes | digest of the last step |
|---|---|---|---|---|---|---|
"""


class Tally:
    """What one way has run so far."""

    def __init__(self, name: str, precision: str, way: Way) -> None:
        self.running, self.limit = Running(name, precision, way.backend, way.engine), way.limit
        self.title = f"{name} | {precision} | {way.backend} {way.engine}"
        self.steps = self.spikes = 0
        self.last: dict[str, np.ndarray] = {}

    def advance(self) -> dict[str, np.ndarray]:
        """Run some more steps, and return the States after each."""
        states = self.running.run(CHUNK)
        self.steps += CHUNK
        self.spikes += int(np.count_nonzero(states["spikes"]))
        self.last = {path: bits[-1] for path, bits in states.items()}
        return states

    def line(self) -> str:
        """Return a line of the table."""
        total = sum(digest(bits) for bits in self.last.values()) % 2**64
        return f"| {self.title} | {self.steps} | {', '.join(self.last)} | {self.spikes} | `{total:016x}` |"


def lines(name: str, precision: str, ways: Sequence[Way] = WAYS) -> list[str]:
    """Run a second of a network in all ways, side by side, and return a line of the table for each.

    Raises
    ------
    AssertionError
        A State differs from that on NumPy, in one bit at one step.
    """
    reference, *others = (Tally(name, precision, way) for way in ways)
    for start in range(0, 1000 if name == "izhikevich" else 10_000, CHUNK):
        expected = reference.advance()
        for tally in others:
            if start < tally.limit:
                require_same(tally.advance(), expected, f"{tally.title}, from step {start}")
    return [tally.line() for tally in (reference, *others)]


def main() -> None:
    """Run, print, and write the report where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--op-by-op", type=int, default=250, metavar="STEPS", help="steps of jax without its compiler")
    options = parser.parse_args()
    ways = [
        way._replace(limit=options.op_by_op) if way.engine == "eager" and way.backend == "jax" else way for way in WAYS
    ]
    info = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(": ")[1] for line in info if "model name" in line), "unknown processor")
    versions = {"python": platform.python_version()}
    for backend in ("numpy", "jax", "torch", "native"):
        versions |= get_backend(backend).versions()
    report = TEXT.format(cpu=cpu, versions=", ".join(f"{k} {v}" for k, v in versions.items()))
    for name in FILES:
        for precision in ("float32", "float64"):
            found = "\n".join(lines(name, precision, ways)) + "\n"
            sys.stdout.write(found)
            sys.stdout.flush()
            report += found
    if options.write:
        options.write.write_text(report)


if __name__ == "__main__":
    main()
