"""Compiled libraries, built on first use and kept in the user's cache.

A library is built for this very machine, so the name of the artefact holds a hash of all that it depends on. What was
not used for long is deleted (`isospike_codegen.prune`).
Loading a library runs its code: one that another user could have written is refused.
"""

from __future__ import annotations

import hashlib
import os
import platform
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from isospike_codegen.compiler import Compiler, KernelUnavailableError, run
from isospike_codegen.prune import prune

__all__ = ["FLAGS", "INCLUDE", "built", "built_from_text", "cache_folder"]

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
    with _private_folder() as folder:
        artefact = folder / f"{name}-{_key(sources, flags, compiler, depends)}.so"
        if not _is_sealed(artefact):
            _compile(compiler, [*FLAGS, *flags, "-I", str(INCLUDE), *map(str, sources), *places], artefact)
        _use(artefact)
    return artefact


def built_from_text(name: str, text: str, flags: Sequence[str], compiler: Compiler) -> Path:
    """Return the library made of generated C++, from the cache or newly compiled.

    The text is kept beside it, with the suffix ``.cpp``. Its comments, which end lines, do not belong to the name of
    the artefact: a program is compiled once, wherever in a file its model is.

    Parameters
    ----------
    name, flags, compiler
        As in `built`.
    text : str
        A C++ file; it may include what is in `INCLUDE`.

    Raises
    ------
    KernelUnavailableError
        As in `built`.
    """
    code = "\n".join(line.partition("  // ")[0] for line in text.splitlines())
    with _private_folder() as folder:
        artefact = folder / f"{name}-{_hashed([code, *_headers()], flags, compiler, ())}.so"
        source = artefact.with_suffix(".cpp")
        if not _is_sealed(artefact):
            with _appearing(source) as path:
                path.write_text(text)
            _compile(compiler, [*FLAGS, *flags, "-I", str(INCLUDE), str(source)], artefact)
        _use(artefact)
    return artefact


@contextmanager
def _private_folder() -> Iterator[Path]:
    """Make the folder, and explain what the file system says of it inside of the context."""
    folder = cache_folder()
    try:
        for place in (folder.parent, folder):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_unless_private(place)
        yield folder
    except OSError as error:
        cure = "Set ISOSPIKE_CACHE_DIR to a folder that you can write to."
        raise KernelUnavailableError(f"the cache folder {folder} cannot be used: {error}", cure) from error


def _key(sources: Sequence[Path], flags: Sequence[str], compiler: Compiler, depends: Sequence[str]) -> str:
    return _hashed([*(path.read_text() for path in sources), *_headers()], flags, compiler, depends)


def _headers() -> list[str]:
    return [path.read_text() for path in sorted(INCLUDE.rglob("*.h"))]


def _hashed(texts: Sequence[str], flags: Sequence[str], compiler: Compiler, depends: Sequence[str]) -> str:
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


def _use(artefact: Path) -> None:
    """Refuse an artefact that others could have written, and let it count as used now, where the folder allows that."""
    _refuse_unless_private(artefact)
    with suppress(OSError):
        os.utime(artefact)


def _compile(compiler: Compiler, arguments: Sequence[str], artefact: Path) -> None:
    with _appearing(artefact, _is_sealed) as made:
        run([*compiler.command, *arguments, "-o", str(made)])
        content = made.read_bytes()
        made.write_bytes(content + hashlib.sha256(content).digest())
        made.chmod(0o700)
    prune(artefact.parent)


@contextmanager
def _appearing(path: Path, is_whole: Callable[[Path], bool] = Path.exists) -> Iterator[Path]:
    """Give a file to write, which then appears under its name in one move: others see all of it or nothing."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="build-") as scratch:
        made = Path(scratch, path.name)
        yield made
        try:
            made.replace(path)
        except PermissionError:
            # Windows replaces no file that is in use: another process has built the same meanwhile, and has it open.
            if not is_whole(path):
                raise


def _is_sealed(artefact: Path) -> bool:
    """Say whether a library is there and ends in the hash of what is before: one that was cut off is built again."""
    if not artefact.exists():
        return False
    content = artefact.read_bytes()
    n = hashlib.sha256().digest_size
    return hashlib.sha256(content[:-n]).digest() == content[-n:]
