"""Measure isospike against hand-written loops, in one run, and print the table of the report.

Run it as ``python tests/benchmarks/measure.py [--repeats 5] [--write docs/reports/benchmarks.md]`` on one
quiet core, such as ``taskset -c 0 env OMP_NUM_THREADS=1 ...``. Every figure is CPU time per step; the
contenders take turns, and the medians and their ratios are printed beside the firing rates, because a time
counts only where both computed the same dynamics.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
import numpy_coba
import torch
import torch_coba

import isospike as iso
from isospike import units as u

HERE = Path(__file__).parent
STEPS = 10_000
N = 4000


class Reading(NamedTuple):
    """One timing: microseconds per step, and the rate in Hz that was computed."""

    us: float
    rate: float


class Row(NamedTuple):
    """One line of the table: a contender, its yardstick, and the ratio that is asked for."""

    name: str
    yardstick: str
    limit: float


ROWS = (
    Row("isospike jax, spikes counted", "hand-written C++", 4.0),
    Row("isospike jax, spikes recorded", "hand-written C++", 4.5),
    Row("isospike numpy, spikes counted", "hand-written NumPy", 2.0),
    Row("isospike torch compiled, spikes counted", "hand-written C++", 15.0),
    Row("isospike torch compiled, spikes counted", "eager torch, index_add", 1 / 2),
    Row("isospike torch compiled, spikes counted", "eager torch, C++ event operation", 1 / 1.3),
    Row("isospike jax, exact numerics", "isospike jax, spikes counted", 1.6),
    Row("isospike jax, HH, exact numerics", "isospike jax, HH, spikes counted", 2.0),
)
BARE_LIMIT_US = 100.0
# Seconds until the first result of the compiled torch engine: in a first process, and in a second one.
COMPILE_LIMITS_S = (30.0, 5.0)


class Coba(iso.Module):
    """COBA with one population, which counts its spikes."""

    drive = 200 * u.pA

    def __init__(self) -> None:
        self.cells = self.population(iso.Normal(-65 * u.mV, 5 * u.mV))
        self.exc = self.projection(
            0, 3200, 6 * u.nS, 5 * u.ms, 0 * u.mV, iso.Normal(40 * u.nS, 15 * u.nS, low=0 * u.nS)
        )
        self.inh = self.projection(
            3200, 800, 67 * u.nS, 10 * u.ms, -80 * u.mV, iso.Normal(200 * u.nS, 120 * u.nS, low=0 * u.nS)
        )

    def population(self, V: object) -> iso.Neuron:
        """Return the cells, with these initial potentials."""
        levels = {"V_rest": -60 * u.mV, "V_th": -50 * u.mV, "V_reset": -60 * u.mV, "V_initializer": V}
        return iso.LIFRef(N, tau=20 * u.ms, tau_ref=5 * u.ms, R=100 * u.Mohm, spk_reset="hard", **levels)

    def projection(self, first: int, size: int, weight: object, tau: object, reversal: object, g: object) -> iso.Module:
        """Return a projection of ``size`` cells onto all."""
        comm = iso.FixedProb(size, N, 0.02, weight, self_offset=first)
        syn = iso.Expon.desc(tau=tau, g_initializer=g)
        return iso.AlignPostProj(comm=comm, syn=syn, out=iso.COBA.desc(E=reversal), post=self.cells)

    def init_state(self, batch_size: int | None = None) -> None:
        """Start the count."""
        self.count = iso.ShortTermState(0)

    def update(self) -> object:
        """Advance by one step."""
        spikes = self.cells.get_spike()
        self.exc(spikes[:3200])
        self.inh(spikes[3200:])
        spikes = self.cells(self.drive)
        self.count.value += iso.math.sum(spikes != 0)
        return spikes


class HodgkinHuxley(Coba):
    """The network of docs/examples/hh.toml: the synapses of COBA, other cells and no drive."""

    drive = None

    def population(self, V: object) -> iso.Neuron:
        """Return the cells, with these initial potentials."""
        return iso.TraubMilesHH(N, V_initializer=V, gates="zero")


def counted(
    backend: str, steps: int, engine: str | None = None, *, model: type[Coba] = Coba, numerics: str = "fast"
) -> Callable[[], Reading]:
    """Return a measurement of for_loop with the spikes counted in a State; compilation is done before."""
    network = model()

    def step(t: object) -> None:
        with iso.environ.context(t=t):
            network()

    def run() -> Reading:
        with iso.environ.context(dt=0.1 * u.ms, backend=backend, engine=engine, seed=1, numerics=numerics):
            iso.init_all_states(network)
            times = iso.math.arange(0 * u.ms, steps * 0.1 * u.ms, iso.environ.get_dt())
            start = time.process_time()
            iso.transform.for_loop(step, times)
            spikes = int(network.count.value)
            elapsed = time.process_time() - start
        return Reading(elapsed / steps * 1e6, spikes / (N * steps * 1e-4))

    run()
    return run


def recorded(backend: str) -> Callable[[], Reading]:
    """Return a measurement of simulate, which records every spike."""
    network = Coba()

    def run() -> Reading:
        with iso.environ.context(dt=0.1 * u.ms, backend=backend, seed=1):
            iso.init_all_states(network)
            start = time.process_time()
            result = iso.simulate(network, STEPS * 0.1 * u.ms)
            elapsed = time.process_time() - start
        return Reading(elapsed / STEPS * 1e6, len(result.spike_arrays.step) / (N * STEPS * 1e-4))

    run()
    return run


def hand_written_cpp(folder: str) -> Callable[[], Reading]:
    """Compile the C++ loop and return its measurement."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        raise SystemExit("no C++ compiler: install g++ to measure against the hand-written loop")
    program = f"{folder}/coba"
    subprocess.run(
        [compiler, "-O3", "-march=native", "-ffast-math", "-std=c++17", HERE / "coba.cpp", "-o", program], check=True
    )

    def run() -> Reading:
        command = [program, "coba", str(N), "1000", "0.1", "f32", "i32", "20", "1", "3"]
        line = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        data = json.loads(line.removeprefix("JSON "))
        return Reading(data["us_step"], data["rate"])

    return run


def bare_loop_us() -> float:
    """Return the time of one call of LIF(100) in a bare Python loop on numpy."""
    cell = iso.init_all_states(iso.LIF(100, tau=10 * u.ms, V_th=20 * u.mV))
    current = 25 * u.mA
    with iso.environ.context(dt=0.1 * u.ms, backend="numpy"):
        for _ in range(100):
            cell(current)
        start = time.process_time()
        for _ in range(2000):
            cell(current)
    return (time.process_time() - start) / 2000 * 1e6


def measure(repeats: int) -> tuple[dict[str, list[Reading]], list[float]]:
    """Run every contender in turn, ``repeats`` times."""
    numpy_steps = torch_steps = 2000
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        contenders: dict[str, Callable[[], Reading]] = {
            "hand-written C++": hand_written_cpp(folder),
            "isospike jax, spikes counted": counted("jax", STEPS),
            "isospike jax, exact numerics": counted("jax", STEPS, numerics="exact"),
            "isospike jax, spikes recorded": recorded("jax"),
            "isospike jax, HH, spikes counted": counted("jax", STEPS, model=HodgkinHuxley),
            "isospike jax, HH, exact numerics": counted("jax", STEPS, model=HodgkinHuxley, numerics="exact"),
            "hand-written NumPy": lambda: Reading(*reversed(numpy_coba.run(N, numpy_steps, 1))),
            "isospike numpy, spikes counted": counted("numpy", numpy_steps),
            "eager torch, index_add": lambda: Reading(
                *reversed(torch_coba.run(N, torch_steps, 1, torch_coba.by_index_add))
            ),
            "eager torch, C++ event operation": lambda: Reading(
                *reversed(torch_coba.run(N, torch_steps, 1, torch_coba.by_operation))
            ),
            "isospike torch compiled, spikes counted": counted("torch", STEPS, "compiled"),
            "isospike torch eager, spikes counted": counted("torch", torch_steps, "eager"),
        }
        readings: dict[str, list[Reading]] = {name: [] for name in contenders}
        bare = []
        for _ in range(repeats):
            for name, run in contenders.items():
                readings[name].append(run())
            bare.append(bare_loop_us())
    return readings, bare


def table(readings: dict[str, list[Reading]], bare: list[float]) -> tuple[str, bool]:
    """Return the report's table and whether every limit is kept."""
    median = {name: statistics.median(r.us for r in rs) for name, rs in readings.items()}
    rate = {name: statistics.median(r.rate for r in rs) for name, rs in readings.items()}
    lines = ["| contender | us/step (median) | rate (Hz) | yardstick | ratio | at most |", "|---|---|---|---|---|---|"]
    alone = [n for n in readings if n not in {row.name for row in ROWS}]
    lines += [f"| {n} | {median[n]:.2f} | {rate[n]:.1f} | - | - | - |" for n in alone]
    kept = statistics.median(bare) < BARE_LIMIT_US
    for row in ROWS:
        # Ratios of neighbours in time: the machine's speed drifts less within a round than over the run.
        ratios = [a.us / b.us for a, b in zip(readings[row.name], readings[row.yardstick], strict=True)]
        ratio = statistics.median(ratios)
        kept = kept and ratio <= row.limit
        lines.append(
            f"| {row.name} | {median[row.name]:.2f} | {rate[row.name]:.1f} "
            f"| {row.yardstick} | {ratio:.2f} | {row.limit:.3g} |"
        )
    lines.append(
        f"| bare Python loop over LIF(100), numpy | {statistics.median(bare):.1f} "
        f"| - | - | - | {BARE_LIMIT_US:.0f} us |"
    )
    return "\n".join(lines), kept


def compile_seconds() -> tuple[float, float]:
    """Return the wall time of the first run of the compiled torch engine, in a process of its own, and of a second."""
    code = (
        "import measure, time; from isospike.select import get_backend; get_backend('torch'); measure.Coba();"
        "start = time.perf_counter(); measure.counted('torch', 64, 'compiled'); print(time.perf_counter() - start)"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": folder}
        first, second = (
            float(
                subprocess.run(
                    [sys.executable, "-c", code], cwd=HERE, env=environment, check=True, capture_output=True, text=True
                ).stdout
            )
            for _ in range(2)
        )
    return first, second


def main() -> None:
    """Measure, print, and write the report where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    text, kept = table(*measure(options.repeats))
    seconds = compile_seconds()
    kept = kept and all(s < limit for s, limit in zip(seconds, COMPILE_LIMITS_S, strict=True))
    text += (
        f"\n\nThe first run of the compiled torch engine, 64 steps with the drawing of the network, took "
        f"{seconds[0]:.1f} s, and {seconds[1]:.1f} s in a second process (at most {COMPILE_LIMITS_S[0]:.0f} and "
        f"{COMPILE_LIMITS_S[1]:.0f} s)."
    )
    cpu = next(
        (line.split(": ")[1] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "unknown",
    )
    versions = {
        "python": platform.python_version(),
        **iso.select.get_backend("numpy").versions(),
        **iso.select.get_backend("jax").versions(),
        **iso.select.get_backend("torch").versions(),
    }
    head = (
        f"COBA, and HH where it is named, {N} cells, float32, dt 0.1 ms, 1 s; CPU time on one core of {cpu}; "
        + ", ".join(f"{k} {v}" for k, v in versions.items())
    )
    report = f"{head}; medians of {options.repeats} rounds.\n\n{text}\n"
    print(report)  # noqa: T201
    if options.write:
        options.write.write_text(
            f"# Benchmarks\n\n`taskset -c 0 python tests/benchmarks/measure.py` printed:\n\n{report}"
        )
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
