"""The native backend, as core sees it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isospike.backend import Capability, Compiled, HostArrays, device_named, engine_named
from isospike.errors import BackendError
from isospike.graph.ir import Graph
from isospike_codegen.compiler import KernelUnavailableError
from isospike_codegen.cpu import CpuProgram
from isospike_codegen.host import HostProgram
from isospike_codegen.toolchain import default_toolchain, n_threads, toolchain

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
        self.engine = engine_named(engine, default_toolchain(), type(self))
        self._n_threads = n_threads()

    def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Compiled:
        """Return the compiled program of a graph, from the cache if it was compiled before; nothing is donated."""
        del donate
        try:
            return HostProgram(CpuProgram(graph, self.engine, self._n_threads), graph)
        except KernelUnavailableError as error:
            msg = f"backend 'native' with engine {self.engine!r} cannot compile this program: {error.why}. {error.cure}"
            raise BackendError(msg) from error

    def versions(self) -> Mapping[str, str]:
        """Return the compiler, and NumPy's version."""
        try:
            compiler = toolchain(self.engine)[0].name
        except KernelUnavailableError as error:
            raise BackendError(f"backend 'native' has nothing to compile with: {error.why}. {error.cure}") from error
        return {"compiler": compiler, "numpy": np.__version__}
