"""The native backend, as core sees it."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from isospike.backend import Capability, Compiled, HostArrays, device_named, engine_named
from isospike.errors import BackendError
from isospike.graph.ir import Graph
from isospike_native.program import NativeProgram
from isospike_native.toolchain import default_engine, toolchain

__all__ = ["NativeBackend"]


class NativeBackend(HostArrays):
    """Compiles the graph, time loops and all, as C++ for the processor of this machine."""

    name = "native"
    capabilities: Mapping[str, Capability] = {
        "compiled_loop": Capability(True, "the loop is generated C++, one pass over the cells between spikes"),
        "event_kernel": Capability(True, "rows of spiking cells, inside the loop"),
        "exact": Capability(True, "compiled without contraction, whatever the number of threads"),
        "float64": Capability(True, "native"),
        "gradient": Capability(False, "generated code has no derivatives; jax and torch do"),
        "gpu": Capability(False, "generated code is compiled for the CPU"),
    }
    engines: Mapping[str, str] = {
        "cpp": "compiled by $CXX, c++, g++ or clang++, whichever is found first",
        "zig": "compiled by the ziglang wheel, on machines without a compiler: pip install 'isospike[native]'",
    }
    donates = False

    def __init__(self, device: str | None = None, engine: str | None = None) -> None:
        self.device = device_named(device, self.devices(), type(self))
        self.engine = engine_named(engine, default_engine(), type(self))
        self._n_threads = _threads()

    def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Compiled:
        """Return the compiled program of a graph, from the cache if it was compiled before; nothing is donated."""
        del donate
        return NativeProgram(graph, self.engine, self._n_threads)

    def versions(self) -> Mapping[str, str]:
        """Return the compiler, and NumPy's version."""
        return {"compiler": toolchain(self.engine)[0].name, "numpy": np.__version__}


def _threads() -> int:
    """Return the number of threads that ``ISOSPIKE_THREADS`` asks for, one by default."""
    asked = os.environ.get("ISOSPIKE_THREADS", "1")
    if not asked.isdecimal() or not 1 <= int(asked) <= 256:
        msg = f"ISOSPIKE_THREADS={asked!r}: expected a whole number from 1 to 256, as in ISOSPIKE_THREADS=2"
        raise BackendError(msg)
    return int(asked)
