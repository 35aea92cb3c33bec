"""Report files that appear whole or not at all, and never in place of another unasked."""

from __future__ import annotations

import os
from pathlib import Path

from isospike.errors import ResultError
from isospike.files import write_whole

__all__ = ["check_file", "write_file"]


def check_file(path: Path, *, force: bool) -> None:
    """Refuse a file that exists, unless ``force`` says to replace it, or that cannot be written.

    Raises
    ------
    ResultError
        Says which, and what to do.
    """
    if path.is_dir():
        problem = f"is a folder; name a file in it: {path / 'report.html'}"
    elif path.exists() and not force:
        problem = "exists already; replace it with --force, or name another file"
    elif not path.absolute().parent.is_dir():
        problem = f"has no parent folder; make it first: mkdir -p {path.absolute().parent}"
    elif not os.access(path.absolute().parent, os.W_OK):
        problem = f"cannot be written; name a place that can: {Path.home() / path.name}"
    else:
        return
    raise ResultError(f"the report {path} {problem}")


def write_file(path: Path, text: str, *, force: bool) -> None:
    """Write a file beside its destination and move it there.

    Raises
    ------
    ResultError
        It exists without ``force``, or cannot be written.
    """
    check_file(path, force=force)  # another run may have finished meanwhile
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise ResultError(f"the report {path} could not be written: {error}; name another place") from error
