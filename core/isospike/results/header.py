"""The header of a saved result, ``run.json``: what a reader asks first, first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from isospike.errors import ResultError
from isospike.results.result import Result

__all__ = ["FORMAT", "header", "read_header"]

FORMAT = "isospike.result/1"


def header(result: Result) -> dict[str, Any]:
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
                "neurons": trace.neurons is not None,
            }
            for name, trace in result.traces.items()
        },
        "manifest": result.manifest,
    }


def read_header(folder: Path) -> dict[str, Any]:
    """Return ``run.json`` as a dict that has a ``format``."""
    path = folder / "run.json"
    if not path.is_file():
        what = "has no run.json, so it is not an isospike result" if folder.is_dir() else "does not exist"
        raise ResultError(f"{folder} {what}; expected a folder written by result.save('folder').")
    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise ResultError(
            f"{path} cannot be read ({error}); it may be cut short. Restore it from a copy or repeat the run."
        ) from error
    if not isinstance(found, dict) or "format" not in found:
        raise ResultError(f"{path} has no 'format'; expected '\"format\": \"{FORMAT}\"', as result.save writes it.")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
