"""The CuPy backend, as core sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cupy
import numpy as np

from isospike.backend import Capability, Compiled, device_named, engine_named
from isospike.graph.ir import Graph
from isospike.namespace import to_host
from isospike_cupy.device import Device, device_names
from isospike_cupy.program import CupyProgram

__all__ = ["CupyBackend"]


class CupyBackend:
    """Compiles the graph, time loops and all, as one CUDA kernel; arrays of CuPy in and out."""

    name = "cupy"
    capabilities: Mapping[str, Capability] = {
        "compiled_loop": Capability(True, "the loop is one generated kernel; its threads meet on the device"),
        "event_kernel": Capability(True, "a warp for each row of a spiking cell, inside the loop"),
        "exact": Capability(True, "no contraction, weights on a grid; so far checked on the CPU, not yet on a GPU"),
        "float64": Capability(True, "native; consumer GPUs compute it at 1/32 or 1/64 of the rate of float32"),
        "gradient": Capability(False, "generated code has no derivatives; jax and torch do"),
        "gpu": Capability(True, "NVIDIA, CUDA 12 or 13"),
    }
    engines: Mapping[str, str] = {"persistent": "one kernel runs a whole chunk of steps"}
    donates = False

    def __init__(self, device: str | None = None, engine: str | None = None) -> None:
        self.device = device_named(device, device_names(), type(self))
        self.engine = engine_named(engine, "persistent", type(self))
        self._device = Device(self.device)

    def asarray(self, value: Any, dtype: str) -> cupy.ndarray:
        """Return ``value`` as an array of that dtype on the device; those of other libraries come through the host."""
        with self._device.current():
            if isinstance(value, cupy.ndarray):
                near = value if value.device.id == self._device.index else value.copy()
                return near.astype(dtype, copy=False)
            return cupy.array(to_host(value), dtype=dtype)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return the data on the host."""
        return to_host(array)

    def copy(self, array: cupy.ndarray) -> cupy.ndarray:
        """Return a new array with the same data."""
        with self._device.current():
            return array.copy()

    def concat(self, arrays: Sequence[cupy.ndarray]) -> cupy.ndarray:
        """Join arrays along the first axis."""
        with self._device.current():
            return cupy.concatenate(list(arrays))

    def head(self, array: cupy.ndarray, n: int) -> cupy.ndarray:
        """Return the first ``n`` entries."""
        return array[:n]

    def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Compiled:
        """Return the compiled kernel of a graph, from CuPy's cache if it was compiled before; nothing is donated."""
        del donate
        return CupyProgram(graph, self._device)

    def synchronize(self, arrays: Sequence[cupy.ndarray]) -> None:
        """Wait until the arrays are computed."""
        del arrays
        self._device.synchronize()

    def devices(self) -> Mapping[str, str]:
        """Return the GPUs that CUDA finds."""
        return {name: Device(name).title for name in device_names()}

    def versions(self) -> Mapping[str, str]:
        """Return the versions of CuPy and of CUDA."""
        major, minor = divmod(cupy.cuda.runtime.runtimeGetVersion() // 10, 100)
        return {"cupy": cupy.__version__, "cuda": f"{major}.{minor}", "numpy": np.__version__}
