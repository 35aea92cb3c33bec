"""The NumPy backend, as core sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from isospike.backend import Capability, Compiled, HostArrays, device_named, engine_named
from isospike.graph.ir import Graph
from isospike_numpy.elementwise import astype, exponent, exprel, power_of_two, spike, sum_
from isospike_numpy.events import event_matvec
from isospike_numpy.interpreter import compile_graph
from isospike_numpy.random import inverse_tail, random_bits

__all__ = ["NumpyBackend"]


_LOWERINGS: dict[str, Callable[..., Any]] = {
    "astype": astype,
    "event_matvec": event_matvec,
    "exponent": exponent,
    "exprel": exprel,
    "guard": lambda x, one: x,  # NumPy rounds each product
    "inverse_tail": inverse_tail,
    "power_of_two": power_of_two,
    "random_bits": random_bits,
    "spike": spike,
    "sum": sum_,
}


class NumpyBackend(HostArrays):
    """Interprets the graph with NumPy; float32 and float64, on the CPU."""

    name = "numpy"
    capabilities: Mapping[str, Capability] = {
        "compiled_loop": Capability(False, "the step graph is interpreted, node by node"),
        "event_kernel": Capability(True, "rows of spiking cells through bincount"),
        "exact": Capability(True, "the reference: what it computes is what the others have to compute"),
        "float64": Capability(True, "native"),
        "gradient": Capability(False, "NumPy has no automatic differentiation"),
        "gpu": Capability(False, "NumPy computes on the CPU"),
    }

    engines: Mapping[str, str] = {"interpreter": "one NumPy call a node"}
    donates = False

    def __init__(self, device: str | None = None, engine: str | None = None) -> None:
        self.device = device_named(device, self.devices(), type(self))
        self.engine = engine_named(engine, "interpreter", type(self))

    def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Compiled:
        """Return the interpreter of the graph; buffers need no donation."""
        del donate
        run = compile_graph(graph, np, _LOWERINGS)

        def quiet(inputs: Sequence[Any]) -> Sequence[Any]:
            # Overflow in a diverging model is a value (inf), on this backend as on the others.
            with np.errstate(all="ignore"):
                return _owned(inputs, run(*inputs))

        return quiet

    def versions(self) -> Mapping[str, str]:
        """Return NumPy's version."""
        return {"numpy": np.__version__}


def _owned(inputs: Sequence[Any], outputs: Sequence[Any]) -> list[Any]:
    """Return outputs that share memory neither with an input nor with each other: NumPy arrays can be written to."""
    seen = set(map(id, inputs))
    owned = []
    for array in outputs:
        if isinstance(array, np.ndarray) and (not array.flags.owndata or id(array) in seen):
            array = array.copy()
        seen.add(id(array))
        owned.append(array)
    return owned
