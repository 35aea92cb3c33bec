"""The compiled kernel of the jax backend: built on first use, kept in the user's cache, registered with XLA.

The source is ``kernels/event_matvec.cc``. The library is built for this very machine, so the name of the
artefact holds a hash of all that it depends on. Loading a library runs its code: one that another user could
have written is refused. Whatever goes wrong, the caller is told why and how to cure it, and uses plain XLA.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib.metadata
import os
import platform
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

import jax
import platformdirs

from isospike.errors import BackendWarning

__all__ = ["CpuEngine", "cache_folder", "cpu_engine", "kernel_target"]

SOURCE = Path(__file__).parent / "kernels" / "event_matvec.cc"
# Without contraction a graded spike gives the same bits on machines with and without FMA.
FLAGS = ("-O3", "-march=native", "-std=c++17", "-fPIC", "-shared", "-ffp-contract=off")
HANDLERS = ("event_matvec_float32", "event_matvec_float64")
PATIENCE = 300.0  # s; the build takes about 3 s

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


class _UnavailableError(Exception):
    """The kernel cannot be had; carries the reason and the cure to ``cpu_engine``, which alone catches it."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(why)
        self.why, self.cure = why, cure


@dataclass(frozen=True)
class _Compiler:
    command: tuple[str, ...]
    version: str

    @property
    def name(self) -> str:
        number = re.search(r"\d+\.\d+", self.version)
        return f"{Path(self.command[0]).name} {number.group() if number else ''}".rstrip()


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


def cache_folder() -> Path:
    """Return the folder of compiled kernels, below ``$ISOSPIKE_CACHE_DIR`` or the user's cache folder."""
    root = os.environ.get("ISOSPIKE_CACHE_DIR") or platformdirs.user_cache_dir("isospike", appauthor=False)
    return Path(root) / "kernels"


@functools.cache
def _start() -> CpuEngine:
    try:
        compiler = _find_compiler()
        _register(_built(compiler))
    except _UnavailableError as error:
        return CpuEngine(False, error.why, error.cure)
    return CpuEngine(True, compiler.name)


@functools.cache
def _warn(engine: CpuEngine) -> None:
    msg = (
        "On the CPU events are propagated by plain XLA, several times slower than by the compiled kernel, "
        f"because there is none: {engine.why}. The results are right. {engine.cure}"
    )
    warnings.warn(msg, BackendWarning, stacklevel=3)


def _find_compiler() -> _Compiler:
    chosen = tuple(shlex.split(os.environ.get("CXX", "")))
    command = chosen or next(((name,) for name in ("c++", "g++", "clang++") if shutil.which(name)), ())
    if not command:
        cure = "Install one (`apt install g++`, `conda install cxx-compiler`) or set CXX=/path/to/g++."
        raise _UnavailableError("no C++ compiler found", cure)
    return _Compiler(command, _run([*command, "--version"]))


def _run(command: list[str]) -> str:
    shown = shlex.join(command)
    cure = f"To see the whole message run `{shown}`; to choose another compiler set CXX=/path/to/g++."
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _UnavailableError(f"the C++ compiler did not run: {error}", cure) from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        first = next((line for line in said if "error" in line), said[0])
        raise _UnavailableError(f"{command[0]} exited with {done.returncode}: {first}", cure)
    return done.stdout


def _built(compiler: _Compiler) -> Path:
    """Return the library, from the cache or newly compiled."""
    folder = cache_folder()
    artefact = folder / f"event_matvec-{_key(compiler)}.so"
    try:
        for place in (folder.parent, folder):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_unless_private(place)
        if not artefact.exists():
            _compile(compiler, artefact)
        _refuse_unless_private(artefact)
    except OSError as error:
        cure = "Set ISOSPIKE_CACHE_DIR to a folder that you can write to."
        raise _UnavailableError(f"the cache folder {folder} cannot be used: {error}", cure) from error
    return artefact


def _key(compiler: _Compiler) -> str:
    jaxlib = importlib.metadata.version("jaxlib")
    parts = (SOURCE.read_text(), *FLAGS, *compiler.command, compiler.version, jaxlib, _processor())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def _processor() -> str:
    """Return what ``-march=native`` depends on; a home folder may be shared by unlike machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()} {platform.node()}"
    named = ("model name", "flags", "Features", "CPU implementer", "CPU part")
    return platform.machine() + "\n".join(sorted({line for line in lines if line.startswith(named)}))


def _refuse_unless_private(path: Path) -> None:
    if sys.platform == "win32":  # access lists instead of modes; the cache is in the user's profile
        return
    status = path.stat()
    if status.st_uid != os.getuid():
        why = f"{path} belongs to user {status.st_uid}, and a library from there would run their code as you"
        raise _UnavailableError(why, "Set ISOSPIKE_CACHE_DIR to a folder of your own.")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        why = f"{path} can be written by other users, who could put their code there"
        cure = f"Run `chmod go-w {path}` or set ISOSPIKE_CACHE_DIR to a folder of your own."
        raise _UnavailableError(why, cure)


def _compile(compiler: _Compiler, artefact: Path) -> None:
    # The finished file appears under its name in one move: another process sees all of it or nothing.
    with tempfile.TemporaryDirectory(dir=artefact.parent, prefix="build-") as scratch:
        made = Path(scratch, artefact.name)
        _run([*compiler.command, *FLAGS, "-isystem", jax.ffi.include_dir(), str(SOURCE), "-o", str(made)])
        made.chmod(0o700)
        made.replace(artefact)


def _register(library: Path) -> None:
    try:
        handlers = ctypes.CDLL(str(library))
        for name in HANDLERS:
            capsule = jax.ffi.pycapsule(getattr(handlers, name))
            jax.ffi.register_ffi_target(f"isospike_{name}", capsule, platform="cpu")
    # No library, no such symbol, or refused by XLA.
    except (OSError, AttributeError, RuntimeError, ValueError) as error:
        cure = f"Run `rm {library}` and try again."
        raise _UnavailableError(f"{library} cannot be loaded: {error}", cure) from error
