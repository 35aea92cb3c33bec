"""The compiled kernel as XLA sees it: registered on the first use of a process, or why it is not.

Whatever goes wrong, the caller is told why and how to cure it, and uses plain XLA.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
from pathlib import Path

import jax

from isospike_codegen.cache import built
from isospike_codegen.compiler import Compiler, KernelUnavailableError
from isospike_codegen.engine import Engine
from isospike_codegen.kernel import Kernel

__all__ = ["KERNEL", "cpu_engine", "kernel_target"]

SOURCE = Path(__file__).parent / "kernels" / "event_matvec.cc"
HANDLERS = ("event_matvec_float32", "event_matvec_float64")


def cpu_engine() -> Engine:
    """Return how events are propagated on the CPU, after building and registering the kernel if possible.

    The work is done once per process; threads wait for the first one.

    Returns
    -------
    Engine
        The way with its reason. No warning is given; see `kernel_target`.
    """
    return KERNEL.engine()


def kernel_target(dtype: str) -> str | None:
    """Return the name under which the kernel is registered with XLA, or None if plain XLA must do.

    Parameters
    ----------
    dtype : str
        ``"float32"`` or ``"float64"``.

    Warns
    -----
    BackendWarning
        Once per process, if there is no kernel: with the reason and the cure.
    """
    return f"isospike_event_matvec_{dtype}" if KERNEL.ready() else None


def _load(compiler: Compiler) -> None:
    library = built(
        "jax_event_matvec",
        [SOURCE],
        ["-std=c++17"],
        compiler,
        places=["-isystem", jax.ffi.include_dir()],
        depends=["jaxlib", importlib.metadata.version("jaxlib")],
    )
    try:
        handlers = ctypes.CDLL(str(library))
        for name in HANDLERS:
            capsule = jax.ffi.pycapsule(getattr(handlers, name))
            jax.ffi.register_ffi_target(f"isospike_{name}", capsule, platform="cpu")
    # No library, no such symbol, or refused by XLA.
    except (OSError, AttributeError, RuntimeError, ValueError) as error:
        cure = f"Run `rm {library}` and try again."
        raise KernelUnavailableError(f"{library} cannot be loaded: {error}", cure) from error


KERNEL = Kernel(
    _load,
    compiled="xla-ffi",
    plain="xla",
    loss=(
        "events are propagated by plain XLA, several times slower than by the compiled kernel, because there is none"
    ),
)
