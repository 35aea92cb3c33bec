"""Event propagation by a kernel on NVIDIA's GPUs: registered on the first use of a process, or why it is not."""

from __future__ import annotations

import ctypes
from functools import cache

import jax

from isospike_codegen.compiler import KernelUnavailableError, find_compiler
from isospike_codegen.event_grid import EventGrid, event_grid
from isospike_codegen.kernel import Kernel
from isospike_jax.ffi import registered

__all__ = ["GRID", "has_cuda", "use_grid"]


@cache
def has_cuda() -> bool:
    """Say whether JAX finds a GPU of NVIDIA."""
    try:
        return bool(jax.devices("cuda"))
    except RuntimeError:
        return False


def use_grid(library: ctypes.CDLL, grid: EventGrid) -> None:
    """Tell the handlers of ``kernels/event_grid.cc`` what they call and launch.

    Raises
    ------
    KernelUnavailableError
        They have no place for so many devices.
    """
    functions = [grid.driver.address(name) for name in ("cuCtxGetDevice", "cuMemsetD8Async", "cuLaunchKernel")]
    library.isospike_use_driver(*map(ctypes.c_void_p, functions))
    for i, kernels in enumerate(grid.devices):
        handles = [ctypes.c_void_p(kernels.functions[dtype]) for dtype in ("float32", "float64")]
        if not library.isospike_use_kernels(i, *handles, kernels.blocks):
            raise KernelUnavailableError(f"{len(grid.devices)} GPUs are too many", "Name some in CUDA_VISIBLE_DEVICES.")


def _load() -> str:
    grid, compiler = event_grid(), find_compiler()
    registered("event_grid", compiler, "CUDA", prepare=lambda library: use_grid(library, grid))
    return f"{grid.compiled_by}, {compiler.name}"


GRID = Kernel(
    _load,
    compiled="xla-ffi",
    plain="xla",
    loss="On the GPU events are propagated by plain XLA, which looks at all synapses, because there is no kernel",
)
