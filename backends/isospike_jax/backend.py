"""The JAX backend, as core sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax
import jax.numpy as jnp
import jaxlib
import numpy as np

from isospike.backend import Capability, Compiled, engine_named
from isospike.errors import BackendError
from isospike.graph.ir import Graph
from isospike_jax.loop import run_graph

__all__ = ["JaxBackend"]


class JaxBackend:
    """Compiles the graph with XLA: one program per loop; event propagation by a C++ kernel on the CPU."""

    name = "jax"
    capabilities: Mapping[str, Capability] = {
        "compiled_loop": Capability(True, "lax.fori_loop under jit"),
        "event_kernel": Capability(
            True, "XLA FFI kernel in C++ on the CPU where a compiler is found, plain XLA elsewhere"
        ),
        "exact": Capability(True, "products are rounded before XLA can fuse them; refused under XLA's fast math"),
        "float64": Capability(True, "inside jax.enable_x64, whatever the process flag says"),
        "gradient": Capability(True, "JAX's reverse mode; custom_jvp for spikes"),
        "gpu": Capability(True, "plain XLA, where JAX finds one"),
    }

    engines: Mapping[str, str] = {
        "xla": "one XLA program a loop",
        "eager": "one JAX call a node, loops in Python: slow, to find out where a compiled run goes astray",
    }
    donates = True

    def __init__(self, device: str | None = None, engine: str | None = None) -> None:
        self._placed = None if device is None else _device(device)
        self.device = _name(self._placed or jax.devices()[0])
        self.engine = engine_named(engine, "xla", type(self))

    def asarray(self, value: Any, dtype: str) -> jax.Array:
        """Return ``value`` as a JAX array of that dtype, on the device."""
        if isinstance(value, jax.Array) and value.dtype == dtype and self._placed in (None, *value.devices()):
            return value
        with _x64([dtype]):
            # A copy of our own: JAX takes over the memory of NumPy arrays, and computes later than it is called.
            return jnp.asarray(np.array(value, dtype=dtype), device=self._placed)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return the data on the host."""
        return np.asarray(array)

    def copy(self, array: Any) -> jax.Array:
        """Return a new buffer with the same data."""
        with _x64([str(array.dtype)]):
            return jnp.array(array, copy=True)

    def concat(self, arrays: Sequence[Any]) -> jax.Array:
        """Join arrays along the first axis."""
        with _x64([str(arrays[0].dtype)]):
            return jnp.concatenate(arrays)

    def head(self, array: Any, n: int) -> jax.Array:
        """Return the first ``n`` entries."""
        with _x64([str(array.dtype)]):
            return array[:n]

    def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Compiled:
        """Return the graph compiled by XLA on its first call, or op by op with the engine ``eager``."""
        compiled = jax.jit(lambda *inputs: run_graph(graph, inputs), donate_argnums=tuple(sorted(donate)))
        is_eager = self.engine == "eager"
        dtypes = {v.aval.dtype for node in graph.nodes for v in node.outputs} | {v.aval.dtype for v in graph.inputs}

        def run(inputs: Sequence[Any]) -> Sequence[Any]:
            with _x64(dtypes), jax.disable_jit() if is_eager else nullcontext():
                result: Sequence[Any] = compiled(*inputs)
            return result

        return run

    def synchronize(self, arrays: Sequence[Any]) -> None:
        """Wait until the arrays are computed."""
        jax.block_until_ready(list(arrays))

    def devices(self) -> Sequence[str]:
        """Return the devices that JAX finds, its default first."""
        return [f"{_name(d)} ({d.device_kind})" for d in jax.devices()]

    def versions(self) -> Mapping[str, str]:
        """Return the versions of JAX and jaxlib."""
        return {"jax": jax.__version__, "jaxlib": jaxlib.__version__}


def _name(device: Any) -> str:
    return f"{device.platform}:{device.id}"


def _device(name: str) -> Any:
    """Return the device of a name such as ``cpu`` or ``cuda:1``, or raise ``BackendError``."""
    kind, _, number = name.partition(":")
    try:
        return jax.devices(kind)[int(number or 0)]
    except (RuntimeError, ValueError, IndexError):
        msg = (
            f"backend 'jax' has no device {name!r}; it finds {', '.join(map(_name, jax.devices()))}: write "
            "iso.environ.context(device='cpu'), or leave the choice to JAX with device=None"
        )
        raise BackendError(msg) from None


def _x64(dtypes: Iterable[str]) -> AbstractContextManager[Any]:
    """Return the context in which float64 exists; the process-wide flag is never touched."""
    if "float64" not in set(dtypes):
        return nullcontext()
    enable: AbstractContextManager[Any] = jax.enable_x64(True)
    return enable
