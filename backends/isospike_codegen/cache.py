"""Compiled libraries, built on first use and kept in the user's cache.

A library is built for this very machine, so the name of the artefact holds a hash of all that it depends on.
Loading a library runs its code: one that another user could have written is refused.
"""

from __future__ import annotations

import hashlib
import os
import platform
import stat
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from isospike_codegen.compiler import Compiler, KernelUnavailableError, run

__all__ = ["FLAGS", "INCLUDE", "built", "cache_folder"]

# Without contraction a graded spike gives the same bits on machines with and without FMA.
FLAGS = ("-O3", "-march=native", "-fPIC", "-shared", "-ffp-contract=off")
# The headers that kernels share.
INCLUDE = Path(__file__).parent / "include"


def cache_folder() -> Path:
    """Return the folder of compiled kernels, below ``$ISOSPIKE_CACHE_DIR`` or the user's cache folder."""
    root = os.environ.get("ISOSPIKE_CACHE_DIR") or platformdirs.user_cache_dir("isospike", appauthor=False)
    return Path(root) / "kernels"


def built(
    name: str,
    sources: Sequence[Path],
    flags: Sequence[str],
    compiler: Compiler,
    *,
    places: Sequence[str] = (),
    depends: Sequence[str] = (),
) -> Path:
    """Return the library made of the sources, from the cache or newly compiled.

    Parameters
    ----------
    name : str
        What the name of the artefact begins with.
    sources : sequence of Path
        C++ files; they may include what is in `INCLUDE`.
    flags : sequence of str
        Options such as ``-std=c++17``, beside `FLAGS`.
    compiler : Compiler
        What compiles, if nothing is kept.
    places : sequence of str
        Options that say where another library is, such as ``-isystem`` or ``-L``. The place may change while the
        library stays the same: a kept artefact is right for all places.
    depends : sequence of str
        What else a kept artefact is right for only, such as the version of that library.

    Returns
    -------
    Path
        A shared library that no other user could have written.

    Raises
    ------
    KernelUnavailableError
        If it cannot be built, or the cache cannot be used or trusted.
    """
    folder = cache_folder()
    artefact = folder / f"{name}-{_key(sources, flags, compiler, depends)}.so"
    try:
        for place in (folder.parent, folder):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_unless_private(place)
        if not artefact.exists():
            _compile(compiler, [*FLAGS, *flags, "-I", str(INCLUDE), *map(str, sources), *places], artefact)
        _refuse_unless_private(artefact)
    except OSError as error:
        cure = "Set ISOSPIKE_CACHE_DIR to a folder that you can write to."
        raise KernelUnavailableError(f"the cache folder {folder} cannot be used: {error}", cure) from error
    return artefact


def _key(sources: Sequence[Path], flags: Sequence[str], compiler: Compiler, depends: Sequence[str]) -> str:
    texts = [path.read_text() for path in (*sources, *sorted(INCLUDE.rglob("*.h")))]
    groups = (texts, FLAGS, flags, compiler.command, [compiler.version], depends, [_processor()])
    return hashlib.sha256(repr([list(group) for group in groups]).encode()).hexdigest()[:20]


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


def _compile(compiler: Compiler, arguments: Sequence[str], artefact: Path) -> None:
    # The finished file appears under its name in one move: another process sees all of it or nothing.
    with tempfile.TemporaryDirectory(dir=artefact.parent, prefix="build-") as scratch:
        made = Path(scratch, artefact.name)
        run([*compiler.command, *arguments, "-o", str(made)])
        made.chmod(0o700)
        made.replace(artefact)
