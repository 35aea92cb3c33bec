"""The compiled kernel, built on first use and kept in the user's cache.

The source is ``event_matvec.cc``. The library is built for this very machine, so the name of the artefact
holds a hash of all that it depends on. Loading a library runs its code: one that another user could have
written is refused.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import stat
import sys
import tempfile
from pathlib import Path

import jax
import platformdirs

from isospike_jax.kernels.compiler import Compiler, KernelUnavailableError, run

__all__ = ["built", "cache_folder"]

SOURCE = Path(__file__).parent / "event_matvec.cc"
# Without contraction a graded spike gives the same bits on machines with and without FMA.
FLAGS = ("-O3", "-march=native", "-std=c++17", "-fPIC", "-shared", "-ffp-contract=off")


def cache_folder() -> Path:
    """Return the folder of compiled kernels, below ``$ISOSPIKE_CACHE_DIR`` or the user's cache folder."""
    root = os.environ.get("ISOSPIKE_CACHE_DIR") or platformdirs.user_cache_dir("isospike", appauthor=False)
    return Path(root) / "kernels"


def built(compiler: Compiler) -> Path:
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
        raise KernelUnavailableError(f"the cache folder {folder} cannot be used: {error}", cure) from error
    return artefact


def _key(compiler: Compiler) -> str:
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
        raise KernelUnavailableError(why, "Set ISOSPIKE_CACHE_DIR to a folder of your own.")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        why = f"{path} can be written by other users, who could put their code there"
        cure = f"Run `chmod go-w {path}` or set ISOSPIKE_CACHE_DIR to a folder of your own."
        raise KernelUnavailableError(why, cure)


def _compile(compiler: Compiler, artefact: Path) -> None:
    # The finished file appears under its name in one move: another process sees all of it or nothing.
    with tempfile.TemporaryDirectory(dir=artefact.parent, prefix="build-") as scratch:
        made = Path(scratch, artefact.name)
        run([*compiler.command, *FLAGS, "-isystem", jax.ffi.include_dir(), str(SOURCE), "-o", str(made)])
        made.chmod(0o700)
        made.replace(artefact)
