"""Read a result back and trust nothing: all sizes are checked against ``run.json``, only numbers decoded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from isospike.errors import ResultError
from isospike.results.header import FORMAT, read_header
from isospike.results.population import Population
from isospike.results.result import Result
from isospike.results.store import read_array
from isospike.results.trace import Trace

__all__ = ["load_result"]


def load_result(folder: str | os.PathLike[str]) -> Result:
    """Read a result back as it was saved: dtypes, units, populations, groups and manifest.

    Parameters
    ----------
    folder : path
        A folder that :func:`isospike.results.writing.save_result` wrote.

    Returns
    -------
    Result

    Raises
    ------
    ResultError
        If the folder is missing or not a result, was written by another format version, or is damaged.
    """
    folder = Path(folder).expanduser()
    header = read_header(folder)
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
    step, code, neuron = (read_array(folder, name) for name in ("step", "population", "neuron"))
    if not step.shape == code.shape == neuron.shape == (sum(number or 0 for number in counts),):
        raise ValueError(f"spikes have {step.shape}, {code.shape} and {neuron.shape} entries, run.json has {counts}.")
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
    values, steps = read_array(folder, name), read_array(folder, time.replace("time", "step", 1))
    shape, dtype = _get(record, "shape", list), _get(record, "dtype", str)
    if list(values.shape) != shape or str(values.dtype) != dtype:
        raise ValueError(f"{name!r} is {values.dtype} of shape {values.shape}, run.json says {dtype} of {shape}.")
    neurons = read_array(folder, dims[-1]) if dims and record.get("neurons") is True else None
    return Trace(values, steps, _get(record, "unit", str), tuple(dims), neurons)
