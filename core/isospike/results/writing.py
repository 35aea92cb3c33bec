"""Write a result as a folder: ``run.json``, ``data.zarr`` with the arrays, and the files of further writers."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path

from isospike import registry
from isospike.errors import MissingDependencyError
from isospike.results.destination import check_target, explained, make_sibling, move_into_place
from isospike.results.header import header
from isospike.results.result import Result

__all__ = ["check_writers", "save_result"]


def check_writers(writers: Sequence[str]) -> None:
    """Refuse writers that no plugin offers, before hours of simulation.

    Raises
    ------
    UnknownNameError
        There is no such writer.
    PluginError
        It cannot be imported, or two plugins offer it.
    """
    for name in ("zarr", *writers):
        registry.resolve("writers", name)


def save_result(
    result: Result,
    folder: str | os.PathLike[str],
    *,
    force: bool = False,
    plot: bool = True,
    writers: Sequence[str] = (),
) -> list[Path]:
    """Write a result to a new folder.

    The files are written to a hidden sibling, ``.<name>.partial-<pid>``, which is renamed at the end and
    removed if anything goes wrong, an interrupt included. An old result is removed only after the new one is
    in place.

    Parameters
    ----------
    result : Result
        What to write.
    folder : path
        Where to; its parent must exist.
    force : bool, default False
        Replace an existing result. A folder that is not a result is never replaced.
    plot : bool, default True
        Draw ``raster.png`` as well, where matplotlib is installed.
    writers : sequence of str
        What else writes files, by name in the registry, such as ``["csv"]``. One that fails is warned of, and the rest
        is saved.

    Returns
    -------
    list of Path
        ``data.zarr``, ``run.json``, ``raster.png`` if it was drawn, and the files of the writers.

    Raises
    ------
    ResultError
        If the folder exists, is a file, a link or not a result, or cannot be written.
    UnknownNameError, PluginError
        See `check_writers`.
    """
    check_writers(writers)
    target = Path(os.path.abspath(Path(folder).expanduser()))
    with explained(target):
        check_target(target, force=force)
        partial = make_sibling(target, "partial")
        try:
            files = _write(result, partial, plot=plot, writers=writers)
            check_target(target, force=force)  # another run may have finished meanwhile
            move_into_place(partial, target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return [target / name for name in files]


def _write(result: Result, folder: Path, *, plot: bool, writers: Sequence[str]) -> list[str]:
    registry.resolve("writers", "zarr")(result, folder)
    text = json.dumps(header(result), indent=2, allow_nan=False)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")
    for name in dict.fromkeys([*(["raster"] if plot else []), *writers]):
        if name != "zarr":
            _add(result, folder, name, asked=name in writers)
    return sorted(path.name for path in folder.iterdir())


def _add(result: Result, folder: Path, name: str, *, asked: bool) -> None:
    """Add the files of one writer, all of them or none."""
    stage = folder / f".{name}"
    stage.mkdir()
    try:
        registry.resolve("writers", name)(result, stage)
        for path in stage.iterdir():
            if (folder / path.name).exists():
                raise FileExistsError(f"{path.name} is the file of another writer")
            os.replace(path, folder / path.name)
    except MissingDependencyError as error:
        if asked:
            warnings.warn(f"{name} was not written: {error}. The data are saved.", stacklevel=5)
    except Exception as error:  # hours of simulation must not be lost to a picture or a plugin
        if isinstance(error, OSError) and not isinstance(error, FileExistsError):
            raise
        warnings.warn(f"{name} was not written: {error!r}. The data are saved.", stacklevel=5)
    finally:
        shutil.rmtree(stage)
