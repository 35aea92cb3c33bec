"""The compiled kernel as XLA sees it: registered on the first use of a process, or why it is not.

Whatever goes wrong, the caller is told why and how to cure it, and uses plain XLA.
"""

from __future__ import annotations

import ctypes
import functools
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

import jax

from isospike.errors import BackendWarning
from isospike_jax.kernels.compiler import KernelUnavailableError, find_compiler
from isospike_jax.kernels.library import built

__all__ = ["CpuEngine", "cpu_engine", "kernel_target"]

HANDLERS = ("event_matvec_float32", "event_matvec_float64")

_lock = threading.RLock()


@dataclass(frozen=True)
class CpuEngine:
    """How events are propagated on the CPU.

    Attributes
    ----------
    compiled : bool
        True if the C++ kernel is registered, False if plain XLA is used.
    why : str
        The compiler and its version, or the reason why there is no kernel.
    cure : str
        What makes the kernel available; empty if it is.
    """

    compiled: bool
    why: str
    cure: str = ""

    def __str__(self) -> str:
        """Return the way and its reason, such as ``xla-ffi (g++ 12.2)``."""
        return f"{'xla-ffi' if self.compiled else 'xla'} ({self.why})"


def cpu_engine() -> CpuEngine:
    """Return how events are propagated on the CPU, after building and registering the kernel if possible.

    The work is done once per process; threads wait for the first one.

    Returns
    -------
    CpuEngine
        The way with its reason. No warning is given; see `kernel_target`.
    """
    with _lock:
        return _start()


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
    engine = cpu_engine()
    if not engine.compiled:
        with _lock:
            _warn(engine)
        return None
    return f"isospike_event_matvec_{dtype}"


@functools.cache
def _start() -> CpuEngine:
    try:
        compiler = find_compiler()
        _register(built(compiler))
    except KernelUnavailableError as error:
        return CpuEngine(False, error.why, error.cure)
    return CpuEngine(True, compiler.name)


@functools.cache
def _warn(engine: CpuEngine) -> None:
    msg = (
        "On the CPU events are propagated by plain XLA, several times slower than by the compiled kernel, "
        f"because there is none: {engine.why}. The results are right. {engine.cure}"
    )
    warnings.warn(msg, BackendWarning, stacklevel=3)


def _register(library: Path) -> None:
    try:
        handlers = ctypes.CDLL(str(library))
        for name in HANDLERS:
            capsule = jax.ffi.pycapsule(getattr(handlers, name))
            jax.ffi.register_ffi_target(f"isospike_{name}", capsule, platform="cpu")
    # No library, no such symbol, or refused by XLA.
    except (OSError, AttributeError, RuntimeError, ValueError) as error:
        cure = f"Run `rm {library}` and try again."
        raise KernelUnavailableError(f"{library} cannot be loaded: {error}", cure) from error
