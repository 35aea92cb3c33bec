"""Who takes part in the benchmarks: each is a function that runs once and returns a reading."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from models import Coba, Cuba, HodgkinHuxley

import isospike as iso
from isospike import units as u
from isospike.backend import Backend
from isospike.graph.ir import Graph
from isospike.select import get_backend
from isospike.transform.arguments import describe_steps
from isospike.transform.loop import Loop

__all__ = [
    "STEPS",
    "Contender",
    "N",
    "Reading",
    "bare_loop_us",
    "brian2",
    "counted",
    "hand_written",
    "program",
    "recorded",
]

HERE = Path(__file__).parent
STEPS = 10_000
N = 4000
# Files and arguments of the hand-written loops, by model; of COBA and CUBA with their drive in mV.
_HAND_WRITTEN = {Coba: ("coba.cpp", "coba", "20"), Cuba: ("coba.cpp", "cuba", "0"), HodgkinHuxley: ("hh.cpp", "", "")}
_BRIAN2 = {Coba: "coba", Cuba: "cuba", HodgkinHuxley: "hh"}


class Reading(NamedTuple):
    """One timing: microseconds per step, and the rate in Hz that was computed."""

    us: float
    rate: float


Contender = Callable[[], Reading]


def counted(
    backend: str,
    steps: int = STEPS,
    engine: str | None = None,
    *,
    model: type[Coba] = Coba,
    n: int = N,
    numerics: str = "fast",
) -> Contender:
    """Return a measurement of for_loop with the spikes counted in a State; compilation is done before."""
    network = model(n)

    def step(t: object) -> None:
        with iso.environ.context(t=t):
            network()

    def run() -> Reading:
        with iso.environ.context(dt=0.1 * u.ms, backend=backend, engine=engine, seed=1, numerics=numerics):
            iso.reset_all_states(network) if network._clock else iso.init_all_states(network)
            times = iso.math.arange(0 * u.ms, steps * 0.1 * u.ms, iso.environ.get_dt())
            start = time.process_time()
            iso.transform.for_loop(step, times)
            spikes = int(network.count.value)
            elapsed = time.process_time() - start
        return Reading(elapsed / steps * 1e6, spikes / (n * steps * 1e-4))

    run()
    return run


def recorded(backend: str, engine: str | None = None) -> Contender:
    """Return a measurement of simulate, which records every spike."""
    network = Coba()

    def run() -> Reading:
        with iso.environ.context(dt=0.1 * u.ms, backend=backend, engine=engine, seed=1):
            iso.init_all_states(network)
            start = time.process_time()
            result = iso.simulate(network, STEPS * 0.1 * u.ms)
            elapsed = time.process_time() - start
        return Reading(elapsed / STEPS * 1e6, len(result.spike_arrays.step) / (N * STEPS * 1e-4))

    run()
    return run


def hand_written(folder: str, model: type[Coba] = Coba, n: int = N) -> Contender:
    """Compile the loop of a model that was written by hand in C++ and return its measurement."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        raise SystemExit("no C++ compiler: install g++ to measure against the hand-written loops")
    source, name, drive = _HAND_WRITTEN[model]
    program = f"{folder}/{source}.out"
    flags = ["-O3", "-march=native", "-ffast-math", "-std=c++17"]
    subprocess.run([compiler, *flags, HERE / source, "-o", program], check=True)
    words = [name, str(n), "1000", "0.1", "f32", *(["i32", drive] if drive else []), "1", "3"]

    def run() -> Reading:
        command = [program, *filter(None, words)]
        return _reading(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return run


def brian2(python: str, model: type[Coba] = Coba, n: int = N, *, dtype: str = "float64") -> Contender:
    """Return what Brian2's C++ standalone takes, built once by a Python that has it; each run is one of its program."""
    command = [python, HERE / "brian2_networks.py", _BRIAN2[model], str(n), str(STEPS), dtype]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run() -> Reading:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("run\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{python} cannot run brian2_networks.py: install brian2 there, see above")
        return _reading(line)

    run()
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


def program(model: type[Coba], backend: str) -> tuple[Backend, Graph]:
    """Return a backend and the traced loop of a model, for it to compile."""
    network = model()
    with iso.environ.context(dt=0.1 * u.ms, backend=backend, seed=1):
        iso.init_all_states(network)
        loop = Loop(lambda t: network(), *describe_steps(0, STEPS), STEPS)
    return get_backend(backend), loop.program.graph


def _reading(line: str) -> Reading:
    data = json.loads(line.removeprefix("JSON "))
    return Reading(data["us_step"], data["rate"])
