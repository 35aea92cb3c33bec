"""The JAX backend, as core sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jaxlib
import numpy as np

from isospike.backend import AUTO, FUSED, Capability, Choice, Compiled, engine_named
from isospike.errors import BackendError
from isospike.graph.ir import Graph
from isospike.namespace import to_host
from isospike_codegen.fused import Fused, compiler_of, default_engine, require_compiler
from isospike_jax.fused import FusedLoop
from isospike_jax.lowered import Lowered
from isospike_jax.x64 import x64

__all__ = ["JaxBackend"]


class JaxBackend:
    """Compiles the graph with XLA: one program per loop; event propagation by a C++ kernel on the CPU."""

    name = "jax"
    capabilities: Mapping[str, Capability] = {
        "compiled_loop": Capability(True, "lax.fori_loop under jit"),
        "event_kernel": Capability(
            True, "XLA FFI kernel where a C++ compiler is found, and NVRTC on a GPU; else plain XLA"
        ),
        "exact": Capability(True, "products are rounded before XLA can fuse them; refused under XLA's fast math"),
        "float64": Capability(True, "inside jax.enable_x64, whatever the process flag says"),
        "gradient": Capability(True, "JAX's reverse mode; custom_jvp for spikes"),
        "gpu": Capability(True, "plain XLA, where JAX finds one"),
    }

    engines: Mapping[str, str] = {
        "auto": "on the CPU, loops without a gradient as with fused; all else as with xla",
        "xla": "one XLA program a loop",
        "fused": "loops and steps as generated C++ on the memory of JAX, on the CPU; gradients are xla",
        "eager": "one JAX call a node, loops in Python: slow, to find out where a compiled run goes astray",
    }
    donates = True

    def __init__(self, device: str | None = None, engine: str | None = None) -> None:
        self._placed = None if device is None else _device(device)
        self.device = _name(self._placed or jax.devices()[0])
        self.engine, self.why = self._chosen(engine)

    def asarray(self, value: Any, dtype: str) -> jax.Array:
        """Return ``value`` as a JAX array of that dtype, on the device.

        Raises
        ------
        BackendError
            JAX is tracing: what it traces has no values that a State could keep.
        """
        if isinstance(value, jax.core.Tracer):
            msg = (
                "backend 'jax' is called inside a transform of JAX, such as jax.jit or jax.grad: use that of isospike, "
                "as in iso.transform.jit(step), iso.transform.vmap(step) or iso.transform.grad(loss, weights)"
            )
            raise BackendError(msg)
        if isinstance(value, jax.Array) and value.dtype == dtype and self._placed in (None, *value.devices()):
            return value
        with x64([dtype]):
            # A copy of our own: JAX takes over the memory of NumPy arrays, and computes later than it is called.
            return jnp.asarray(np.array(to_host(value), dtype=dtype), device=self._placed)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return the data on the host."""
        return np.asarray(array)

    def copy(self, array: Any) -> jax.Array:
        """Return a new buffer with the same data."""
        with x64([str(array.dtype)]):
            return jnp.array(array, copy=True)

    def concat(self, arrays: Sequence[Any]) -> jax.Array:
        """Join arrays along the first axis."""
        with x64([str(arrays[0].dtype)]):
            return jnp.concatenate(arrays)

    def head(self, array: Any, n: int) -> jax.Array:
        """Return the first ``n`` entries."""
        with x64([str(array.dtype)]):
            return array[:n]

    def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Compiled:
        """Return the graph compiled by XLA on its first call, op by op, or as generated code."""
        if self.engine not in (AUTO, FUSED):
            return Lowered(graph, donate, Choice(self.engine))
        choice, program = Fused(self.name, "xla", always=self.engine == FUSED).compiled(graph)
        if program is None:
            return Lowered(graph, donate, choice)
        return FusedLoop(graph, program, choice, self._placed)

    def _chosen(self, engine: str | None) -> tuple[str, str]:
        """Return the engine for the device, and why."""
        on_cpu = self.device.startswith("cpu")
        default, why = default_engine("xla") if on_cpu else ("xla", "")
        chosen = engine_named(engine, default, type(self))
        if chosen == FUSED and not on_cpu:
            msg = (
                f"engine 'fused' of backend 'jax' needs the CPU, not {self.device!r}: write "
                "iso.environ.context(device='cpu'), or engine='xla'"
            )
            raise BackendError(msg)
        if chosen == FUSED:
            require_compiler(self.name, "xla")
        return chosen, why if chosen == default else ""

    def synchronize(self, arrays: Sequence[Any]) -> None:
        """Wait until the arrays are computed."""
        jax.block_until_ready(list(arrays))

    def devices(self) -> Mapping[str, str]:
        """Return the devices that JAX finds, its default first."""
        return {_name(d): d.device_kind for d in jax.devices()}

    def versions(self) -> Mapping[str, str]:
        """Return the versions of JAX and jaxlib, and the compiler of generated code."""
        return {"jax": jax.__version__, "jaxlib": jaxlib.__version__, **compiler_of(self.engine)}


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
