"""The strict backend, as core sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import array_api_strict as xp
import numpy as np

from isospike.backend import Capability, Compiled, device_named, engine_named
from isospike.graph.ir import Graph
from isospike_strict.interpreter import interpreted

__all__ = ["StrictBackend"]


class StrictBackend:
    """Interprets the graph with array-api-strict; float32 and float64, on the CPU."""

    name = "strict"
    capabilities: Mapping[str, Capability] = {
        "compiled_loop": Capability(False, "the step graph is interpreted, node by node"),
        "event_kernel": Capability(False, "synapses are gathered, padded to the largest in-degree, and summed"),
        "exact": Capability(True, "it computes with NumPy, one rounding an operation"),
        "float64": Capability(True, "native"),
        "gradient": Capability(False, "the standard has no differentiation"),
        "gpu": Capability(False, "array-api-strict computes on the CPU"),
    }
    engines: Mapping[str, str] = {"interpreter": "one call of the standard a node"}
    donates = False

    def __init__(self, device: str | None = None, engine: str | None = None) -> None:
        self.device = device_named(device, list(self.devices()), type(self))
        self.engine = engine_named(engine, "interpreter", type(self))

    def asarray(self, value: Any, dtype: str) -> Any:
        """Return ``value`` of any library as an array of this one."""
        wanted = getattr(xp, dtype)
        if isinstance(value, type(xp.empty(0))):
            return value if value.dtype == wanted else xp.astype(value, wanted)
        return xp.asarray(np.asarray(value), dtype=wanted)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return an array's data on the host."""
        return np.asarray(array)

    def copy(self, array: Any) -> Any:
        """Return a new buffer with the same data."""
        return xp.asarray(array, copy=True)

    def concat(self, arrays: Sequence[Any]) -> Any:
        """Join arrays along the first axis."""
        return xp.concat(list(arrays), axis=0)

    def head(self, array: Any, n: int) -> Any:
        """Return the first ``n`` entries of the first axis."""
        return array[:n, ...]

    def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Compiled:
        """Return the interpreter of the graph; buffers need no donation."""
        del donate
        run = interpreted(graph)

        def quiet(inputs: Sequence[Any]) -> Sequence[Any]:
            # Overflow in a diverging model is a value (inf), on this backend as on the others.
            with np.errstate(all="ignore"):
                return [self.copy(x) for x in run(inputs)]  # nobody else holds what a State will hold

        return quiet

    def synchronize(self, arrays: Sequence[Any]) -> None:
        """Return at once: a call returns when it has computed."""

    def devices(self) -> Mapping[str, str]:
        """Return the CPU."""
        return {"cpu": "CPU"}

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the libraries that decide its results."""
        return {"strict": xp.__version__, "numpy": np.__version__}
