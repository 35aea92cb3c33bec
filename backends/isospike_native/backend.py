"""The native backend, as core sees it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from isospike.backend import Capability, Compiled, device_named, engine_named
from isospike.errors import BackendError
from isospike.graph.ir import Graph
from isospike_native.program import NativeProgram
from isospike_native.toolchain import default_engine, toolchain

__all__ = ["NativeBackend"]


class NativeBackend:
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

    def asarray(self, value: Any, dtype: str) -> np.ndarray:
        """Return ``value`` as a NumPy array of that dtype."""
        return np.asarray(value, dtype=dtype)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return the array itself."""
        return np.asarray(array)

    def copy(self, array: Any) -> np.ndarray:
        """Return a copy."""
        return np.array(array)

    def concat(self, arrays: Sequence[Any]) -> np.ndarray:
        """Join arrays along the first axis."""
        return np.concatenate(arrays)

    def head(self, array: Any, n: int) -> Any:
        """Return the first ``n`` entries."""
        return array[:n]

    def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Compiled:
        """Return the compiled program of a graph, from the cache if it was compiled before; nothing is donated."""
        del donate
        return NativeProgram(graph, self.engine, self._n_threads)

    def synchronize(self, arrays: Sequence[Any]) -> None:
        """Return at once: a program computes while it is called."""

    def devices(self) -> Sequence[str]:
        """Return the CPU."""
        return ["cpu"]

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
