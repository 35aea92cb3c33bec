"""Folders that appear whole or not at all: written beside their destination, moved there when complete."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from isospike.errors import ResultError
from isospike.results.header import FORMAT, read_header

__all__ = ["check_target", "explained", "make_sibling", "move_into_place"]


@contextmanager
def explained(target: Path) -> Iterator[None]:
    """Name the destination in the errors of the system."""
    try:
        yield
    except ResultError:
        raise
    except OSError as error:
        raise ResultError(
            f"{target} could not be written: {error}. Make room or allow writing, or save "
            f"elsewhere: result.save('another/folder')."
        ) from error


def check_target(target: Path, *, force: bool) -> None:
    """Refuse every destination that could lose data or that cannot work, before anything is written."""
    if target.is_symlink():
        problem = f"is a symbolic link; name what it points to: result.save({os.path.realpath(target)!r})"
    elif target.exists() and not target.is_dir():
        problem = f"is a file; a result is a folder: result.save({str(target.with_name(target.name + '-run'))!r})"
    elif not target.parent.is_dir():
        problem = f"has no parent folder; create it first: Path({str(target.parent)!r}).mkdir(parents=True)"
    elif target.exists() and not force:
        problem = f"exists already; choose another folder, or replace it: result.save({str(target)!r}, force=True)"
    elif target.exists() and not _is_result(target):
        problem = "is not an isospike result, so it is not replaced even with force=True; choose another folder"
    else:
        return
    raise ResultError(f"Result folder {target} {problem}.")


def _is_result(folder: Path) -> bool:
    try:
        return bool(read_header(folder)["format"] == FORMAT)
    except ResultError:
        return False


def make_sibling(target: Path, purpose: str) -> Path:
    """Create a folder beside ``target``: renaming within one folder is atomic and needs no copy."""
    number = 1  # pids repeat in containers, and a killed run leaves its folder behind
    while True:
        suffix = f"-{number}" if number > 1 else ""
        sibling = target.with_name(f".{target.name}.{purpose}-{os.getpid()}{suffix}")
        try:
            sibling.mkdir()
        except FileExistsError:
            number += 1
        else:
            return sibling


def move_into_place(partial: Path, target: Path) -> None:
    """Rename the complete folder, setting an old result aside until the new one stands."""
    if not target.exists():
        os.rename(partial, target)
        return
    shelf = make_sibling(target, "old")
    old = shelf / target.name
    try:
        os.rename(target, old)
        os.rename(partial, target)
    except BaseException:
        if old.exists() and not target.exists():
            os.rename(old, target)
        with suppress(OSError):  # an old result that could not be put back stays on its shelf
            shelf.rmdir()
        raise
    # The new result stands; an old one that cannot be deleted is no reason to fail.
    shutil.rmtree(shelf, ignore_errors=True)
