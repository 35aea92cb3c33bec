"""Results as folders: ``data.zarr`` for the arrays, ``run.json`` for the manifest, ``raster.png`` to look at.

A folder appears whole or not at all: it is written beside its destination and moved there when complete.
Loading trusts nothing: every size is checked against ``run.json``, every chunk must exist, and only
numbers are decoded.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isospike.errors import MissingDependencyError, ResultError
from isospike.result import Population, Result, Trace

if TYPE_CHECKING:
    import xarray as xr
    from zarr.abc.buffer import Buffer

__all__ = ["FORMAT", "load_result", "save_result"]

FORMAT = "isospike.result/1"
CHUNK_BYTES = (
    2**23
)  # what is decoded to look at one sample; small enough to page through, large enough to compress
LARGEST_CHUNK = 2**31  # one sample of one state cannot be larger, so a larger chunk is damage or malice


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
    with _explained(target):
        _check_target(target, force=force)
        partial = _make_sibling(target, "partial")
        try:
            files = _write(result, partial, plot=plot)
            _check_target(target, force=force)  # another run may have finished meanwhile
            _move_into_place(partial, target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return [target / name for name in files]


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except ResultError:
        raise
    except OSError as error:
        raise ResultError(
            f"{target} could not be written: {error}. Make room or allow writing, or save "
            f"elsewhere: result.save('another/folder')."
        ) from error


def _check_target(target: Path, *, force: bool) -> None:
    """Refuse every destination that could lose data or that cannot work, before anything is written."""
    if target.is_symlink():
        problem = f"is a symbolic link; name what it points to: result.save({os.path.realpath(target)!r})"
    elif target.exists() and not target.is_dir():
        problem = (
            f"is a file; a result is a folder: result.save({str(target.with_name(target.name + '-run'))!r})"
        )
    elif not target.parent.is_dir():
        problem = f"has no parent folder; create it first: Path({str(target.parent)!r}).mkdir(parents=True)"
    elif target.exists() and not force:
        problem = (
            f"exists already; choose another folder, or replace it: result.save({str(target)!r}, force=True)"
        )
    elif target.exists() and not _is_result(target):
        problem = (
            "is not an isospike result, so it is not replaced even with force=True; choose another folder"
        )
    else:
        return
    raise ResultError(f"Result folder {target} {problem}.")


def _is_result(folder: Path) -> bool:
    try:
        return bool(_read_header(folder)["format"] == FORMAT)
    except ResultError:
        return False


def _make_sibling(target: Path, purpose: str) -> Path:
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


def _move_into_place(partial: Path, target: Path) -> None:
    if not target.exists():
        os.rename(partial, target)
        return
    shelf = _make_sibling(target, "old")
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


def _write(result: Result, folder: Path, *, plot: bool) -> list[str]:
    store = folder / "data.zarr"
    _write_group(_spikes_dataset(result), store, "spikes")
    _write_group(result.states, store, "states")
    text = json.dumps(_header(result), indent=2, allow_nan=False)
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


def _write_group(dataset: xr.Dataset, store: Path, group: str) -> None:
    from zarr.codecs import ZstdCodec
    from zarr.storage import MemoryStore

    encoding = {
        name: {
            "chunks": _chunks(variable.shape, variable.dtype.itemsize),
            "compressors": [ZstdCodec(level=3, checksum=True)],
            "_FillValue": None,  # NaN is a value like any other
        }
        for name, variable in dataset.variables.items()
    }
    # All chunks are written, empty ones too: only then is a missing file damage, and not a block of zeros.
    # Zarr writes files from threads that outlive an error or an interrupt, and would refill the folder while
    # it is being removed. So it writes to memory, one group at a time, and the files are written here.
    files: dict[str, Buffer] = {}
    dataset.to_zarr(
        MemoryStore(files),
        group=group,
        mode="w-",
        zarr_format=3,
        consolidated=False,
        encoding=encoding,
        write_empty_chunks=True,
    )
    for key in list(files):
        path = store.joinpath(*key.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files.pop(key).to_bytes())


def _chunks(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Cut along time only: a chunk is as many whole samples as fit into ``CHUNK_BYTES``, at least one."""
    sample = tuple(max(1, size) for size in shape[1:])
    samples = max(1, CHUNK_BYTES // (itemsize * math.prod(sample)))
    return (max(1, min(shape[0], samples)), *sample)


def _header(result: Result) -> dict[str, Any]:
    """Return ``run.json``: what a reader asks first, first."""
    counts = np.bincount(result.spike_arrays.population, minlength=len(result.populations)).tolist()
    suffixes = result.samplings()
    return {
        "format": FORMAT,
        "dt_ms": result.dt_ms,
        "start_step": result.start_step,
        "steps": result.steps,
        "duration_ms": result.duration_ms,
        "populations": [
            {
                "name": population.name,
                "size": population.size,
                "groups": {group: list(ends) for group, ends in population.groups.items()},
                "spikes": spikes if population in result.recorded else None,
            }
            for population, spikes in zip(result.populations, counts, strict=True)
        ],
        "states": {
            name: {
                "unit": trace.unit,
                "dims": [f"time{suffixes[name]}", *(trace.dims or ())],
                "shape": list(trace.values.shape),
                "dtype": str(trace.values.dtype),
            }
            for name, trace in result.traces.items()
        },
        "manifest": result.manifest,
    }


def _draw(result: Result, path: Path) -> None:
    from isospike.plot import raster

    try:
        raster(result, path)
    except MissingDependencyError:
        return
    except OSError:
        raise
    except Exception as error:  # hours of simulation must not be lost to a picture
        warnings.warn(f"{path.name} was not drawn: {error!r}. The data are saved.", stacklevel=5)
        path.unlink(missing_ok=True)


def load_result(folder: str | os.PathLike[str]) -> Result:
    """Read a result back as it was saved: dtypes, units, populations, groups and manifest.

    Parameters
    ----------
    folder : path
        A folder that :func:`save_result` wrote.

    Returns
    -------
    Result

    Raises
    ------
    ResultError
        If the folder is missing or not a result, was written by another format version, or is damaged.
    """
    folder = Path(folder).expanduser()
    header = _read_header(folder)
    if header["format"] != FORMAT:
        raise ResultError(
            f"{folder} has format {header['format']!r}; this version reads {FORMAT!r}. Read it with the "
            f"version that wrote it (see 'manifest' in run.json), or upgrade: pip install --upgrade isospike."
        )
    try:
        return _build(header, folder / "data.zarr")
    except Exception as error:  # a damaged store can fail in any way that its libraries know
        raise ResultError(
            f"{folder} is damaged ({error}). Restore it from a copy, or repeat the run and save it again: "
            f"result.save({str(folder)!r}, force=True)."
        ) from error


def _read_header(folder: Path) -> dict[str, Any]:
    """Return ``run.json`` as a dict that has a ``format``."""
    path = folder / "run.json"
    if not path.is_file():
        what = "has no run.json, so it is not an isospike result" if folder.is_dir() else "does not exist"
        raise ResultError(f"{folder} {what}; expected a folder written by result.save('folder').")
    try:
        header = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise ResultError(
            f"{path} cannot be read ({error}); it may be cut short. Restore it from a copy or repeat the run."
        ) from error
    if not isinstance(header, dict) or "format" not in header:
        raise ResultError(
            f"{path} has no 'format'; expected '\"format\": \"{FORMAT}\"', as result.save writes it."
        )
    return header


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _build(header: dict[str, Any], store: Path) -> Result:
    records = _get(header, "populations", list)
    populations = [_population(record) for record in records]
    counts = [_get(record, "spikes", int, type(None)) for record in records]
    states = _get(header, "states", dict)
    return Result.from_arrays(
        populations,
        _read_spikes(store / "spikes", populations, counts),
        {name: _read_trace(store / "states", name, record) for name, record in states.items()},
        dt_ms=_get(header, "dt_ms", float, int),
        steps=_get(header, "steps", int),
        start_step=_get(header, "start_step", int),
        manifest=_get(header, "manifest", dict),
    )


def _get(record: Any, key: str, *kinds: type) -> Any:
    value = record.get(key) if isinstance(record, dict) else None
    if type(value) not in kinds:  # not isinstance: True is no size
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise ValueError(f"{key!r} in run.json is {str(value)[:40]!r}; expected {wanted}.")
    return value


def _population(record: Any) -> Population:
    groups = _get(record, "groups", dict)
    for ends in groups.values():
        if not (isinstance(ends, list) and [type(end) for end in ends] == [int, int]):
            raise ValueError(f"a group in run.json is {str(ends)[:40]!r}; expected [start, stop].")
    ranges = {group: (start, stop) for group, (start, stop) in groups.items()}
    return Population(_get(record, "name", str), _get(record, "size", int), ranges)


def _read_spikes(
    folder: Path, populations: list[Population], counts: list[int | None]
) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    step, code, neuron = (_read(folder, name) for name in ("step", "population", "neuron"))
    if not step.shape == code.shape == neuron.shape == (sum(number or 0 for number in counts),):
        raise ValueError(
            f"spikes have {step.shape}, {code.shape} and {neuron.shape} entries, run.json has {counts}."
        )
    spikes = {}
    for index, (population, number) in enumerate(zip(populations, counts, strict=True)):
        mask = code == index
        if mask.sum() != (number or 0):
            raise ValueError(f"{population.name!r} has {mask.sum()} spikes, run.json says {number}.")
        if number is not None:
            spikes[population.name] = (step[mask], neuron[mask])
    return spikes


def _read_trace(folder: Path, name: str, record: Any) -> Trace:
    time, *dims = _get(record, "dims", list)
    if not all(type(dim) is str for dim in (time, *dims)):
        raise ValueError(f"the dims of {name!r} in run.json are not names.")
    values, steps = _read(folder, name), _read(folder, time.replace("time", "step", 1))
    shape, dtype = _get(record, "shape", list), _get(record, "dtype", str)
    if list(values.shape) != shape or str(values.dtype) != dtype:
        raise ValueError(
            f"{name!r} is {values.dtype} of shape {values.shape}, run.json says {dtype} of {shape}."
        )
    return Trace(values, steps, _get(record, "unit", str), tuple(dims))


def _read(folder: Path, name: str) -> NDArray[Any]:
    """Return one array of the store, if it is complete and plain numbers."""
    import zarr
    from zarr.codecs import BytesCodec, ZstdCodec

    if name not in os.listdir(folder):  # also keeps a name such as "../x" from leaving the store
        raise ValueError(f"{name!r} is missing in {folder.name}.")
    array = zarr.open_array(folder / name, mode="r", zarr_format=3)
    codecs = getattr(array.metadata, "codecs", ())
    if array.dtype.kind not in "biuf" or not all(
        isinstance(codec, BytesCodec | ZstdCodec) for codec in codecs
    ):
        raise ValueError(f"{name!r} holds {array.dtype} coded by {codecs}; expected plain numbers.")
    files = sum(path.is_file() for path in (folder / name / "c").rglob("*"))
    if files != array.nchunks or math.prod(array.chunks) * array.dtype.itemsize > LARGEST_CHUNK:
        raise ValueError(
            f"{name!r} has {files} chunks of shape {array.chunks}; expected {array.nchunks} chunks."
        )
    return np.asarray(array[...])
