"""Write a result as a folder: ``data.zarr`` with the arrays, ``run.json`` and ``raster.png``."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from isospike.errors import MissingDependencyError
from isospike.results.destination import check_target, explained, make_sibling, move_into_place
from isospike.results.header import header
from isospike.results.result import Result
from isospike.results.store import write_group

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["save_result"]


def save_result(
    result: Result, folder: str | os.PathLike[str], *, force: bool = False, plot: bool = True
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

    Returns
    -------
    list of Path
        ``data.zarr``, ``raster.png`` if it was drawn, and ``run.json``.

    Raises
    ------
    ResultError
        If the folder exists, is a file, a link or not a result, or cannot be written.
    """
    target = Path(os.path.abspath(Path(folder).expanduser()))
    with explained(target):
        check_target(target, force=force)
        partial = make_sibling(target, "partial")
        try:
            files = _write(result, partial, plot=plot)
            check_target(target, force=force)  # another run may have finished meanwhile
            move_into_place(partial, target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return [target / name for name in files]


def _write(result: Result, folder: Path, *, plot: bool) -> list[str]:
    store = folder / "data.zarr"
    write_group(_spikes_dataset(result), store, "spikes")
    write_group(result.states, store, "states")
    text = json.dumps(header(result), indent=2, allow_nan=False)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")
    if plot:
        _draw(result, folder / "raster.png")
    return sorted(path.name for path in folder.iterdir())


def _spikes_dataset(result: Result) -> xr.Dataset:
    import xarray as xr

    arrays = result.spike_arrays
    names = {"names": [population.name for population in result.populations]}
    columns = {
        "step": ("spike", arrays.step),
        "population": ("spike", arrays.population, names),
        "neuron": ("spike", arrays.neuron),
    }
    return xr.Dataset(columns)


def _draw(result: Result, path: Path) -> None:
    from isospike.results.plot import raster

    try:
        raster(result, path)
    except MissingDependencyError:
        return
    except OSError:
        raise
    except Exception as error:  # hours of simulation must not be lost to a picture
        warnings.warn(f"{path.name} was not drawn: {error!r}. The data are saved.", stacklevel=5)
        path.unlink(missing_ok=True)
