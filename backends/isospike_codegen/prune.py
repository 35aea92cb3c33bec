"""The bounds of the cache: what was not used for long is deleted, and the oldest of what is too much."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["MAX_AGE", "MAX_BYTES", "prune"]

DAY = 86400.0  # s
MAX_AGE = 90 * DAY
MAX_BYTES = 256 * 2**20  # some thousand programs
# What was used a moment ago may be about to be loaded, and what is being built has not appeared yet.
_YOUNG = DAY


def prune(folder: Path, max_bytes: int = MAX_BYTES, max_age: float = MAX_AGE) -> None:
    """Delete what is too old or too much in the cache, unless another process is doing so.

    A library that is in use stays so: only its name is gone, and it is built again when it is next asked for.

    Parameters
    ----------
    folder : Path
        The folder of compiled kernels. When a file was last used is when it was last modified.
    max_bytes : int, default 256 MiB
    max_age : float, s, default 90 days
        Nothing that was used in the last day is deleted, whatever these say.
    """
    # Another process deletes meanwhile, or the file system has no locks: nothing that a build should fail for.
    with suppress(OSError), _alone(folder) as alone:
        if not alone:
            return
        now, kept = time.time(), 0
        for group in sorted(_groups(folder), key=_used, reverse=True):
            size, age = sum(path.lstat().st_size for path in group), now - _used(group)
            if age > _YOUNG and (age > max_age or kept + size > max_bytes):
                for path in group:
                    _delete(path)
            else:
                kept += size


def _groups(folder: Path) -> list[list[Path]]:
    """Return what belongs together: a library and its source, or what a process left that was ended while it built."""
    found: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        if path.suffix in (".so", ".cpp") or path.name.startswith("build-"):
            found.setdefault(path.stem, []).append(path)
    return list(found.values())


def _used(group: list[Path]) -> float:
    return max(path.lstat().st_mtime for path in group)


def _delete(path: Path) -> None:
    # Some systems hold on to a file in use: it is tried again another day.
    with suppress(OSError):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Say, inside of the context, whether no other process is inside of it."""
    if sys.platform == "win32":  # no such locks; a library in use cannot be deleted there
        yield True
        return
    import fcntl

    descriptor = os.open(folder / "prune.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)
