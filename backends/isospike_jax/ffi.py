"""Compiled kernels as XLA sees them: registered on the first use of a process, or why they are not.

Whatever goes wrong, the caller is told why and how to cure it, and uses plain XLA.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import jax

from isospike_codegen.cache import built
from isospike_codegen.compiler import Compiler, KernelUnavailableError, find_compiler
from isospike_codegen.engine import Engine
from isospike_codegen.kernel import Kernel

__all__ = ["KERNEL", "SOURCES", "TARGETS", "cpu_engine", "registered", "target_of"]

SOURCES = Path(__file__).parent / "kernels"
# The names of handlers in a library, and with XLA, which has one of each for a platform.
TARGETS = {dtype: f"isospike_event_matvec_{dtype}" for dtype in ("float32", "float64")}


def cpu_engine() -> Engine:
    """Return how events are propagated on the CPU, after building and registering the kernel if possible.

    The work is done once per process; threads wait for the first one.

    Returns
    -------
    Engine
        The way with its reason. No warning is given; see `target_of`.
    """
    return KERNEL.engine()


def target_of(kernel: Kernel, dtype: str) -> str | None:
    """Return the name under which a kernel is registered with XLA, or None if plain XLA must do.

    Parameters
    ----------
    kernel : Kernel
    dtype : str
        ``"float32"`` or ``"float64"``.

    Warns
    -----
    BackendWarning
        Once per process, if there is no kernel: with the reason and the cure.
    """
    return TARGETS[dtype] if kernel.ready() else None


def registered(
    source: str,
    compiler: Compiler,
    platform: str,
    *,
    flags: tuple[str, ...] = (),
    prepare: Callable[[ctypes.CDLL], None] = lambda library: None,
    suffix: str = "",
) -> None:
    """Build the handlers of a file and make them known to XLA.

    Parameters
    ----------
    source : str
        Name of a file in `SOURCES`, without ``.cc``.
    compiler : Compiler
    platform : str
        What XLA calls the devices.
    flags : tuple of str, optional
        Options of the compiler.
    prepare : callable, optional
        Called with the library before XLA may use it.
    suffix : str, optional
        Comes after the names of `TARGETS`.

    Raises
    ------
    KernelUnavailableError
        The library cannot be built or loaded, or XLA refuses it.
    """
    library = built(
        f"jax_{source}",
        [SOURCES / f"{source}.cc"],
        ["-std=c++17", *flags],
        compiler,
        places=["-isystem", jax.ffi.include_dir()],
        depends=["jaxlib", importlib.metadata.version("jaxlib")],
    )
    try:
        handlers = ctypes.CDLL(str(library))
        prepare(handlers)
        for name in TARGETS.values():
            capsule = jax.ffi.pycapsule(getattr(handlers, name))
            jax.ffi.register_ffi_target(f"{name}{suffix}", capsule, platform=platform)
    # No library, no such symbol, or refused by XLA.
    except (OSError, AttributeError, RuntimeError, ValueError) as error:
        cure = f"Run `rm {library}` and try again."
        raise KernelUnavailableError(f"{library} cannot be loaded: {error}", cure) from error


def _load() -> str:
    compiler = find_compiler()
    registered("event_matvec", compiler, "cpu")
    return compiler.name


KERNEL = Kernel(
    _load,
    compiled="xla-ffi",
    plain="xla",
    loss=(
        "On the CPU events are propagated by plain XLA, several times slower than by the compiled kernel, because "
        "there is none"
    ),
)
