"""The folder of a result: whether it can be written is known before hours of simulation, not after."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from isospike.errors import ResultError
from isospike.files import write_whole

__all__ = ["add_write_time", "check_folder"]


def check_folder(folder: Path, *, force: bool) -> None:
    """Refuse a folder that exists, unless ``force`` says to replace it, or that cannot be written.

    Raises
    ------
    ResultError
        Says which, and what to do.
    """
    parent = folder.absolute().parent
    if folder.is_symlink() or folder.exists():
        if not folder.is_dir() or folder.is_symlink():
            problem = f"is not a folder; name another: --out {folder}-result"
        elif not force:
            problem = f"exists already; replace it with --force, or name another: --out {folder}-2"
        elif not (folder / "run.json").is_file():
            problem = f"is no result of isospike, so --force does not replace it; name another: --out {folder}-2"
        else:
            problem = ""
    else:
        problem = "" if parent.is_dir() else f"has no parent folder; make it first: mkdir -p {parent}"
    if problem := problem or _unwritable(parent):
        msg = f"the result folder {folder} {problem}"
        raise ResultError(msg)


def add_write_time(folder: Path, seconds: float) -> None:
    """Add ``write_s`` to the timings in ``run.json``, which were saved before it was known; in one move."""
    path = folder / "run.json"
    header = json.loads(path.read_text(encoding="utf-8"))
    header["manifest"]["timings"]["write_s"] = seconds
    write_whole(path, (json.dumps(header, indent=2, allow_nan=False) + "\n").encode())


def _unwritable(parent: Path) -> str:
    # Permission bits do not tell about read-only and full disks, nor about root: try it.
    try:
        with tempfile.TemporaryDirectory(dir=parent, prefix=".isospike-"):
            return ""
    except OSError as error:
        return f"cannot be written ({error.strerror}); name a place that can: --out ~/result"
