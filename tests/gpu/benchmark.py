"""Measure COBA on a GPU, next to what its memory allows, and print the tables of the report.

Run it as ``python tests/gpu/benchmark.py [--write docs/reports/gpu.md]``. With ``--device cpu --ways native`` it runs
where there is no GPU.
"""

from __future__ import annotations

import argparse
import math
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import isospike as iso
from isospike import units as u
from isospike.backend import Backend
from isospike.errors import IsospikeError
from isospike.namespace import to_host
from isospike_conformance.parts import add_conductances, leaky_cells
from isospike_conformance.way import Way

SIZES = (4_000, 40_000, 400_000, 4_000_000)
LENGTHS = (16, 64, 256, 1024)  # steps of a run
PATIENCE = 1.0  # s, of a run
SETTINGS = {"dt": 0.1 * u.ms, "precision": "float32", "numerics": "fast", "seed": 1}
TEXT = """\
# COBA on a GPU

`python tests/gpu/benchmark.py --write {path}` wrote this page on {device}, with {versions}, Python {python}.

The network of `docs/examples/coba.toml` with more cells and 80 synapses to each, in float32 and fast numerics. The time
of a step is the median of three runs of so many steps, on the clock of the host. The bound is what memory alone takes
at {bandwidth:.0f} GB/s, the speed of a copy here: each State is read and written once in a step, each spike written and
read, and a synapse of a cell that spikes costs 4 bytes for its target and 8 for the sum. Networks that fit into the
cache of the device can be faster than that.

| cells | synapses | backend | engine | steps | us a step | bound | times the bound | rate (Hz) |
|---|---|---|---|---|---|---|---|---|
"""


class Reading(NamedTuple):
    """One network on one backend: steps of a run, microseconds a step, the bound of that, and the rate in Hz."""

    steps: int
    us: float
    bound: float
    rate: float


def network(n: int) -> iso.Network:
    """Return the network, wired and initialised on the host."""
    net = iso.Network()
    with iso.environ.context(**SETTINGS, backend="numpy"):
        add_conductances(net, leaky_cells(n, -60 * u.mV, iso.Normal(-65 * u.mV, 5 * u.mV)))
        net.add_input("drive", iso.ConstantInput(n, amplitude=200 * u.pA), target="cells")
        return iso.init_all_states(net)


def measure(net: iso.Network, way: Way, bandwidth: float) -> Reading:
    """Return the time of a step and what bounds it."""
    backend = way.instance()
    with iso.environ.context(**SETTINGS, **way.environment):
        run = timed(net, backend)
        run(LENGTHS[0])
        guess = run(LENGTHS[0]) / LENGTHS[0]
        steps = max([n for n in LENGTHS if n * guess < PATIENCE], default=LENGTHS[0])
        run(steps)
        seconds = statistics.median(run(steps) for _ in range(3)) / steps
        counts = to_host(iso.transform.for_loop(lambda: spikes_in(net), length=steps))
    share = float(counts.mean()) / net.cells.size
    return Reading(steps, 1e6 * seconds, 1e6 * moved(net, share) / bandwidth, share / 1e-4)


def timed(net: iso.Network, backend: Backend) -> Callable[[int], float]:
    """Return a function that runs so many steps, recording nothing, and returns the seconds."""

    def step() -> None:
        net()

    def run(steps: int) -> float:
        start = time.perf_counter()
        iso.transform.for_loop(step, length=steps)
        backend.synchronize(leaves(net))
        return time.perf_counter() - start

    return run


def leaves(net: iso.Network) -> list[Any]:
    """Return the arrays of the States that a step changes."""
    return [leaf for state in net.states(iso.ShortTermState).values() for leaf in state.leaves]


def spikes_in(net: iso.Network) -> Any:
    """Advance by one step and return how many cells spike."""
    return iso.math.sum(iso.math.not_equal(net()["cells"], 0.0))


def moved(net: iso.Network, share: float) -> float:
    """Return the bytes that a step has to move where such a share of the cells spikes."""
    dense = 2 * sum(math.prod(x.shape) * x.dtype.itemsize for x in leaves(net))
    return dense + 2 * 4 * net.cells.size + share * 12 * synapses(net)


def synapses(net: iso.Network) -> int:
    """Return how many synapses there are."""
    return sum(len(projection.comm.csr.indices) for projection in (net.exc, net.inh))


def bandwidth_of(backend: Backend, n: int) -> float:
    """Return how many bytes a copy of n numbers reads and writes in a second."""
    source = backend.asarray(np.zeros(n, np.float32), "float32")
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        backend.synchronize([backend.copy(source)])
        seconds.append(time.perf_counter() - start)
    return 8 * n / min(seconds)


def usable(names: Sequence[str], device: str) -> Iterator[Way]:
    """Yield the ways that can run here, and say why others cannot."""
    for name in names:
        way = Way(name, None, device)
        try:
            way.instance()
        except IsospikeError as error:
            print(f"left out: {error}", file=sys.stderr)  # noqa: T201
        else:
            yield way


def rows(ways: Sequence[Way], sizes: Sequence[int], bandwidth: float) -> Iterator[str]:
    """Yield the rows of the table, as they are measured."""
    for n in sizes:
        net = network(n)
        for way in ways:
            cells = [str(n), str(synapses(net)), way.backend, way.instance().engine]
            try:
                r = measure(net, way, bandwidth)
                cells += [str(r.steps), f"{r.us:.2f}", f"{r.bound:.2f}", f"{r.us / r.bound:.1f}", f"{r.rate:.1f}"]
            except (IsospikeError, RuntimeError, MemoryError) as error:  # memory that is used up has many names
                cells += ["-", f"failed: {str(error).splitlines()[0]}", "-", "-", "-"]
            yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure what is asked for; print each row at once, and write the page at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--ways", nargs="+", default=["cupy", "torch", "jax"], help="backends")
    parser.add_argument("--cells", nargs="+", type=int, default=SIZES)
    parser.add_argument("--copied", type=int, default=2**28, help="numbers of the copy that tells the bandwidth")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    ways = list(usable(options.ways, options.device))
    if not ways:
        sys.exit("nothing to measure: none of the backends can run here")
    first = ways[0].instance()
    bandwidth = bandwidth_of(first, options.copied)
    versions = {k: v for way in ways for k, v in way.instance().versions().items()}
    text = TEXT.format(
        path=options.write or "docs/reports/gpu.md",
        device=first.devices().get(first.device, first.device),
        versions=", ".join(f"{k} {v}" for k, v in sorted(versions.items())),
        python=platform.python_version(),
        bandwidth=bandwidth / 1e9,
    )
    print(text, end="", flush=True)  # noqa: T201
    for row in rows(ways, options.cells, bandwidth):
        print(row, flush=True)  # noqa: T201
        text += row + "\n"
        if options.write:
            options.write.write_text(text)


if __name__ == "__main__":
    main()
