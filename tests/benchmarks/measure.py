"""Measure isospike against hand-written loops, in one run, and print the table of the report.

Run it as ``python tests/benchmarks/measure.py [--repeats 5] [--write docs/reports/benchmarks.md]`` on one
quiet core, such as ``taskset -c 0 env OMP_NUM_THREADS=1 ...``. Every figure is CPU time per step; the
contenders take turns, and the medians and their ratios are printed beside the firing rates, because a time
counts only where both computed the same dynamics: rates may differ as those of two drawn networks do.

``--only native`` keeps the rows whose name holds that text, and their yardsticks. ``--brian2 PYTHON``, or the variable
``ISOSPIKE_BRIAN2``, names a Python that has Brian2 (``python3 -m venv b && b/bin/pip install brian2 "numpy<2.4"``).
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
import numpy_coba
import torch
import torch_coba
from contenders import Contender, N, Reading, bare_loop_us, brian2, counted, hand_written, recorded
from models import Coba, Cuba, HodgkinHuxley

import isospike as iso

HERE = Path(__file__).parent
FEW = 2000  # steps of what is slow


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
    *(
        Row(f"isospike {name}, {network}", f"hand-written C++{at}", limit)
        for name, limits in (
            ("native", {"COBA": 1.5, "COBA 16000": 1.5, "COBA 40000": 1.5, "HH": 1.5, "CUBA": 2.0}),
            ("torch fused", {"COBA": 2.0, "COBA 16000": 2.0, "COBA 40000": 2.0, "HH": 2.0}),
            ("jax fused", {"COBA": 2.0, "COBA 16000": 2.0, "COBA 40000": 2.0, "HH": 2.0}),
        )
        for network, limit in limits.items()
        for at in ["" if network == "COBA" else f", {network}"]
    ),
    Row("isospike native, COBA", "Brian2 C++ standalone, COBA", 1 / 5),
    Row("isospike native, COBA", "Brian2 C++ standalone in float32, COBA", 1 / 5),
    Row("isospike native, CUBA", "Brian2 C++ standalone, CUBA", 1.0),
    Row("isospike native, HH", "Brian2 C++ standalone, HH", 1.0),
)
NETWORKS: dict[str, tuple[type[Coba], int]] = {
    "COBA": (Coba, N),
    "COBA 16000": (Coba, 16_000),
    "COBA 40000": (Coba, 40_000),
    "HH": (HodgkinHuxley, N),
    "CUBA": (Cuba, N),
}
# How much rates of two drawn networks may differ, of the higher one.
RATES = 0.25
BARE_LIMIT_US = 100.0
# Seconds until the first result of the compiled torch engine: in a first process, and in a second one.
COMPILE_LIMITS_S = (30.0, 5.0)
# And to generate and compile the native loop of COBA, without and with the cache.
NATIVE_LIMITS_S = (5.0, 0.1)


def contenders(folder: str, python: str | None) -> dict[str, Callable[[], Contender]]:
    """Return what makes each contender ready to run."""
    fused = {"native": ("native", None), "torch fused": ("torch", "fused"), "jax fused": ("jax", "fused")}
    found: dict[str, Callable[[], Contender]] = {
        "hand-written C++": partial(hand_written, folder),
        "isospike jax, spikes counted": partial(counted, "jax", engine="xla"),
        "isospike jax, exact numerics": partial(counted, "jax", engine="xla", numerics="exact"),
        "isospike jax, spikes recorded": partial(recorded, "jax", "xla"),
        "isospike jax, HH, spikes counted": partial(counted, "jax", engine="xla", model=HodgkinHuxley),
        "isospike jax, HH, exact numerics": partial(
            counted, "jax", engine="xla", model=HodgkinHuxley, numerics="exact"
        ),
        "hand-written NumPy": lambda: lambda: Reading(*reversed(numpy_coba.run(N, FEW, 1))),
        "isospike numpy, spikes counted": partial(counted, "numpy", FEW),
        "eager torch, index_add": lambda: by_hand(torch_coba.by_index_add),
        "eager torch, C++ event operation": lambda: by_hand(torch_coba.by_operation),
        "isospike torch compiled, spikes counted": partial(counted, "torch", engine="compiled"),
        "isospike torch eager, spikes counted": partial(counted, "torch", FEW, "eager"),
        "isospike native, exact numerics": partial(counted, "native", numerics="exact"),
        "isospike native, HH, exact numerics": partial(counted, "native", model=HodgkinHuxley, numerics="exact"),
    }
    for network, (model, n) in NETWORKS.items():
        if network != "COBA":
            found[f"hand-written C++, {network}"] = partial(hand_written, folder, model, n)
        for name, (backend, engine) in fused.items():
            found[f"isospike {name}, {network}"] = partial(counted, backend, engine=engine, model=model, n=n)
    if python:
        for network in ("COBA", "CUBA", "HH"):
            found[f"Brian2 C++ standalone, {network}"] = partial(brian2, python, NETWORKS[network][0])
        found["Brian2 C++ standalone in float32, COBA"] = partial(brian2, python, dtype="float32")
    return found


def by_hand(way: Callable[..., torch_coba.Propagate]) -> Contender:
    """Return the loop of eager torch with a way of propagating events."""
    return lambda: Reading(*reversed(torch_coba.run(N, FEW, 1, way)))


def measure(repeats: int, rows: Sequence[Row], only: str, python: str | None) -> dict[str, list[Reading]]:
    """Run every contender that is asked for, or that one is compared with, in turn, ``repeats`` times."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        wanted = {name for row in rows for name in (row.name, row.yardstick)}
        makers = {k: v for k, v in contenders(folder, python).items() if k in wanted or only in k}
        ready = {name: make() for name, make in makers.items()}
        readings: dict[str, list[Reading]] = {name: [] for name in ready}
        for _ in range(repeats):
            for name, run in ready.items():
                readings[name].append(run())
    return readings


def table(readings: Mapping[str, list[Reading]], rows: Sequence[Row], bare: Sequence[float]) -> tuple[str, bool]:
    """Return the report's table and whether every limit is kept."""
    median = {name: statistics.median(r.us for r in rs) for name, rs in readings.items()}
    rate = {name: statistics.median(r.rate for r in rs) for name, rs in readings.items()}
    lines = ["| contender | us/step (median) | rate (Hz) | yardstick | ratio | at most |", "|---|---|---|---|---|---|"]
    alone = [n for n in readings if n not in {row.name for row in rows}]
    lines += [f"| {n} | {median[n]:.2f} | {rate[n]:.1f} | - | - | - |" for n in alone]
    kept = statistics.median(bare) < BARE_LIMIT_US
    for row in rows:
        # Ratios of neighbours in time: the machine's speed drifts less within a round than over the run.
        ratios = [a.us / b.us for a, b in zip(readings[row.name], readings[row.yardstick], strict=True)]
        ratio, rates = statistics.median(ratios), sorted((rate[row.name], rate[row.yardstick]))
        is_same = rates[0] >= (1 - RATES) * rates[1]
        kept = kept and ratio <= row.limit and is_same
        lines.append(
            f"| {row.name} | {median[row.name]:.2f} | {rate[row.name]:.1f} | {row.yardstick} | {ratio:.2f} "
            f"| {row.limit:.3g}{'' if is_same else ', but the rates differ'} |"
        )
    lines.append(
        f"| bare Python loop over LIF(100), numpy | {statistics.median(bare):.1f} "
        f"| - | - | - | {BARE_LIMIT_US:.0f} us |"
    )
    return "\n".join(lines), kept


def seconds_twice(code: str, variable: str) -> tuple[float, float]:
    """Return what a program prints, run twice with a cache of its own that is empty at first."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, variable: folder}
        command = [sys.executable, "-c", code]
        first, second = (
            float(subprocess.run(command, cwd=HERE, env=environment, check=True, capture_output=True, text=True).stdout)
            for _ in range(2)
        )
    return first, second


# The wall time of the first run of the compiled torch engine, and of generating and compiling the native loop.
FIRST_RUN = (
    "import time, contenders; from isospike.select import get_backend; get_backend('torch'); contenders.Coba();"
    "start = time.perf_counter(); contenders.counted('torch', 64, 'compiled'); print(time.perf_counter() - start)"
)
COMPILATION = (
    "import time, contenders; backend, graph = contenders.program(contenders.Coba, 'native');"
    "start = time.perf_counter(); backend.compile(graph); print(time.perf_counter() - start)"
)


def main() -> None:
    """Measure, print, and write the report where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", default="", help="keep the rows whose name holds this text")
    parser.add_argument("--brian2", default=os.environ.get("ISOSPIKE_BRIAN2"), help="a Python that has Brian2")
    options = parser.parse_args()
    rows = [row for row in ROWS if options.only in row.name and (options.brian2 or "Brian2" not in row.yardstick)]
    readings = measure(options.repeats, rows, options.only, options.brian2)
    text, kept = table(readings, rows, [bare_loop_us() for _ in range(options.repeats)])
    native = seconds_twice(COMPILATION, "ISOSPIKE_CACHE_DIR")
    kept = kept and all(s < limit for s, limit in zip(native, NATIVE_LIMITS_S, strict=True))
    text += (
        f"\n\nTo generate and compile the native loop of COBA took {native[0]:.2f} s, and {native[1]:.3f} s with the "
        f"cache (at most {NATIVE_LIMITS_S[0]:.0f} and {NATIVE_LIMITS_S[1]:g} s)."
    )
    if not options.only:
        seconds = seconds_twice(FIRST_RUN, "TORCHINDUCTOR_CACHE_DIR")
        kept = kept and all(s < limit for s, limit in zip(seconds, COMPILE_LIMITS_S, strict=True))
        text += (
            f" The first run of the compiled torch engine, 64 steps with the drawing of the network, took "
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
        f"COBA, and CUBA or HH where they are named, {N} cells where no number is, float32, dt 0.1 ms, 1 s; CPU time "
        f"on one core of {cpu}; " + ", ".join(f"{k} {v}" for k, v in versions.items())
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
