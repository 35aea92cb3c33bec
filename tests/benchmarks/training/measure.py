"""Time a training step beside those of other libraries, in one run, and print the table of the report.

Run it as ``python tests/benchmarks/training/measure.py --peers PYTHON [--rounds 5] [--write FILE]`` on one quiet core.
PYTHON is that of an environment with torch, snntorch, norse, spikingjelly, jax, optax, brainpy.state, brainstate and
braintools. Every figure is CPU time of one step, forward, backward and Adam; the contenders take turns,
each in a process of its own, and loss and rate before the first update are printed beside them, because a time counts
only where both computed the same dynamics.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
from pathlib import Path
from typing import Any, NamedTuple

from alone import alone

HERE = Path(__file__).parent
BATCH = 64
STEPS = {100: 15, 1000: 5}  # repetitions of a step by its length


class Contender(NamedTuple):
    """A program, and the contenders that it is judged by: at most so many times their CPU time."""

    program: str
    limits: dict[str, float]
    is_peer: bool = True


CONTENDERS = {
    "isospike jax": Contender("ours.py jax", {"hand-written scan": 1.2, "brainpy.state": 1.1}, False),
    "isospike torch compiled": Contender(
        "ours.py torch", {"hand-written BPTT": 2.0, "snnTorch": 1.0, "Norse": 1.0, "SpikingJelly": 1.0}, False
    ),
    "hand-written scan": Contender("peer_jax.py scan", {}),
    "brainpy.state": Contender("peer_jax.py brainpy", {}),
    "hand-written BPTT": Contender("peer_torch.py by-hand", {}),
    "snnTorch": Contender("peer_torch.py snntorch", {}),
    "Norse": Contender("peer_torch.py norse", {}),
    "SpikingJelly": Contender("peer_torch.py spikingjelly", {}),
}


def run(name: str, steps: int, python: str) -> dict[str, Any]:
    """Return what a contender printed."""
    program, *words = CONTENDERS[name].program.split()
    command = [python, str(HERE / program), *words, str(steps), str(BATCH), str(STEPS[steps])]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
    return alone(name, command, environment)


def table(rounds: list[dict[str, dict[str, Any]]]) -> tuple[str, bool]:
    """Return the rows, and whether every limit is kept."""
    lines = [
        "| contender | ms a step | first, s | memory grown, MB | spikes of a cell a step | first loss | in times of |",
        "|---|---|---|---|---|---|---|",
    ]
    kept = True
    for name, contender in CONTENDERS.items():
        found = {key: statistics.median(r[name][key] for r in rounds) for key in ("ms", "first_s", "grown_mb")}
        ratios = {
            other: statistics.median(r[name]["ms"] / r[other]["ms"] for r in rounds) for other in contender.limits
        }
        kept = kept and all(ratios[other] <= limit for other, limit in contender.limits.items())
        judged = ", ".join(f"{o} {ratios[o]:.2f} (at most {limit:g})" for o, limit in contender.limits.items())
        first = rounds[0][name]
        lines.append(
            f"| {name} | {found['ms']:.1f} | {found['first_s']:.1f} | {found['grown_mb']:.0f} | {first['rate']:.4f} "
            f"| {first['loss']:.4f} | {judged or '-'} |"
        )
    return "\n".join(lines), kept


def main() -> None:
    """Measure, print, and write the report where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", required=True, help="the Python of an environment with the other libraries")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    info = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(": ")[1] for line in info if "model name" in line), "unknown processor")
    report = (
        "# Training steps\n\n`taskset -c 0 python tests/benchmarks/training/measure.py --peers PYTHON` printed, on one "
        f"core of {cpu}, Python {platform.python_version()}, medians of {options.rounds} rounds:\n"
    )
    kept = True
    for steps in STEPS:
        rounds = [
            {n: run(n, steps, options.peers if c.is_peer else sys.executable) for n, c in CONTENDERS.items()}
            for _ in range(options.rounds)
        ]
        rows, within = table(rounds)
        kept = kept and within
        report += f"\n## {steps} time steps, batch {BATCH}, 256 recurrent LIF cells, float32\n\n{rows}\n"
    print(report)  # noqa: T201
    if options.write:
        options.write.write_text(report)
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
