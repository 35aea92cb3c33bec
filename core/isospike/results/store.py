"""Arrays of a result in Zarr's format: every chunk is written, every chunk must be there to be read."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isospike.results.result import Result

if TYPE_CHECKING:
    import xarray as xr
    from zarr.abc.buffer import Buffer

__all__ = ["read_array", "write_group", "write_zarr"]

# What is decoded to look at one sample: small enough to page through, large enough to compress.
CHUNK_BYTES = 2**23
LARGEST_CHUNK = 2**31  # one sample of one state cannot be larger, so a larger chunk is damage or malice


def write_zarr(result: Result, folder: Path) -> None:
    """Write ``data.zarr``, with the groups ``spikes`` and ``states``."""
    store = folder / "data.zarr"
    write_group(_spikes_dataset(result), store, "spikes")
    write_group(result.states, store, "states")


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


def write_group(dataset: xr.Dataset, store: Path, group: str) -> None:
    """Write a dataset to a group of a new or existing store, every chunk of it."""
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


def read_array(folder: Path, name: str) -> NDArray[Any]:
    """Return one array of the store, if it is complete and plain numbers."""
    import zarr
    from zarr.codecs import BytesCodec, ZstdCodec

    if name not in os.listdir(folder):  # also keeps a name such as "../x" from leaving the store
        raise ValueError(f"{name!r} is missing in {folder.name}.")
    array = zarr.open_array(folder / name, mode="r", zarr_format=3)
    codecs = getattr(array.metadata, "codecs", ())
    if array.dtype.kind not in "biuf" or not all(isinstance(codec, BytesCodec | ZstdCodec) for codec in codecs):
        raise ValueError(f"{name!r} holds {array.dtype} coded by {codecs}; expected plain numbers.")
    files = sum(path.is_file() for path in (folder / name / "c").rglob("*"))
    if files != array.nchunks or math.prod(array.chunks) * array.dtype.itemsize > LARGEST_CHUNK:
        raise ValueError(f"{name!r} has {files} chunks of shape {array.chunks}; expected {array.nchunks} chunks.")
    return np.asarray(array[...])
