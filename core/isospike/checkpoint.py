"""Checkpoints: all States of modules in one file, to go on from on any backend.

A file is in the safetensors format, which holds arrays and text and cannot hold code. Its header says what the arrays
are: paths, units, the seed and the steps so far. In exact numerics a run that is saved, loaded elsewhere and continued
has the bits of one that was never interrupted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from isospike import units
from isospike.comm import SparseComm
from isospike.errors import CheckpointError, ParameterError, nearest
from isospike.files import write_whole
from isospike.module import Module
from isospike.namespace import to_host
from isospike.state import State
from isospike.weightgrid import WeightGrid

__all__ = ["checkpoint_notes", "load_checkpoint", "named_states", "save_checkpoint"]

SCHEMA = "isospike.checkpoint/1"
Modules = Module | Mapping[str, Module]


def save_checkpoint(file: str | os.PathLike[str], modules: Modules, *, notes: Mapping[str, Any] | None = None) -> Path:
    """Write the States of a module, or of several by name, to a file.

    The file appears whole or not at all: an interrupt or a full disk leaves an earlier one as it was.

    Parameters
    ----------
    file : path
        Where to; ``.safetensors`` by custom. An earlier checkpoint is replaced.
    modules : Module, or dict of str to Module
        Such as a network, or ``{"net": net, "optimizer": optimizer}``.
    notes : dict of str, optional
        Numbers, texts, and lists and dicts of these, for `checkpoint_notes` to return.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    CheckpointError
        It cannot be written, or is something else than a checkpoint.
    """
    from safetensors.numpy import save

    path = Path(os.path.abspath(Path(file).expanduser()))
    if path.exists():
        with _opened(path):  # nothing but a checkpoint is replaced
            pass
    parts = _parts(modules)
    arrays = {name: np.asarray(to_host(x), order="C") for name, _, x in _leaves(parts)}
    header = {
        "states": {name: unit for name, unit, _ in _leaves(parts)},
        "seeds": {name: part._seed for name, part in parts.items()},
        "grids": {name: list(comm.weight_grid.exponents) for name, comm in _comms(parts) if comm.weight_grid},
        "notes": dict(notes or {}),
    }
    data = save(arrays, metadata={"schema": SCHEMA, "header": json.dumps(header, allow_nan=False)})
    try:
        write_whole(path, data)
    except OSError as error:
        msg = f"{path} cannot be written ({error.strerror or error}): choose another place for the checkpoint"
        raise CheckpointError(msg) from error
    return path


def load_checkpoint(file: str | os.PathLike[str], modules: Modules) -> None:
    """Let modules go on from a file.

    They are built and initialised as those that were saved: the same classes, sizes and seed, on any backend. Nothing
    is changed where anything does not fit.

    Parameters
    ----------
    file : path
        What `save_checkpoint` wrote.
    modules : Module, or dict of str to Module
        In the form that it was given.

    Raises
    ------
    CheckpointError
        The file is missing, damaged or something else, or belongs to other modules.
    """
    path = Path(os.path.abspath(Path(file).expanduser()))
    with _opened(path) as (header, stored):
        arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    parts = _parts(modules)
    _check_seeds(path, parts, header["seeds"])
    found = {name: (unit, x) for name, unit, x in _leaves(parts)}
    _check_names(path, found, arrays)
    for name, (unit, own) in found.items():
        given = arrays[name]
        if given.shape != tuple(own.shape) or str(given.dtype) != _dtype(own) or header["states"].get(name) != unit:
            msg = (
                f"{path}: {name} is {_described(given, header['states'].get(name))} in the file and "
                f"{_described(own, unit)} in the module: build and initialise it as the one that was saved"
            )
            raise CheckpointError(msg)
    for prefix, state in _states(parts):
        state.store(state.spec, [arrays[f"{prefix}#{i}"] for i in range(len(state.leaves))])
    for name, comm in _comms(parts):
        if name in header["grids"]:
            comm.weight_grid = WeightGrid.of(*header["grids"][name])


def checkpoint_notes(file: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what `save_checkpoint` was given as ``notes``.

    Raises
    ------
    CheckpointError
        The file is missing, damaged or something else.
    """
    with _opened(Path(os.path.abspath(Path(file).expanduser()))) as (header, _):
        return dict(header["notes"])


def named_states(module: Module) -> dict[str, State]:
    """Return all States of a module by path, with the clock of a network that was initialised."""
    clock = {} if module._clock is None else {"clock": module._clock}
    return {**module.states(), **clock}


def _parts(modules: Modules) -> dict[str, Module]:
    parts = {"": modules} if isinstance(modules, Module) else dict(modules)
    for name, part in parts.items():
        if not isinstance(part, Module) or not isinstance(name, str):
            msg = (
                f"a checkpoint is of modules, not of {part!r}: pass a network, or a dict such as "
                "{'net': net, 'optimizer': optimizer}"
            )
            raise ParameterError(msg)
    return parts


def _states(parts: Mapping[str, Module]) -> Iterator[tuple[str, State]]:
    """Yield all States of all modules by path."""
    for name, part in parts.items():
        prefix = f"{name}/" if name else ""
        for path, state in named_states(part).items():
            yield f"{prefix}{path}", state


def _leaves(parts: Mapping[str, Module]) -> Iterator[tuple[str, str, Any]]:
    """Yield name, unit and array of each leaf of each State."""
    for path, state in _states(parts):
        for i, (x, unit) in enumerate(zip(state.leaves, state.spec.units, strict=True)):
            yield f"{path}#{i}", "1" if unit is None else units.unit_name(unit), x


def _comms(parts: Mapping[str, Module]) -> Iterator[tuple[str, SparseComm]]:
    for name, part in parts.items():
        for path, module in part.modules().items():
            if isinstance(module, SparseComm):
                yield f"{name}/{path}", module


@contextmanager
def _opened(path: Path) -> Iterator[tuple[dict[str, Any], Any]]:
    """Open a checkpoint, and give its header and the file, whose arrays are read when they are asked for."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            yield _header(path, file.metadata() or {}), file
    except CheckpointError:
        raise
    except FileNotFoundError:
        names = os.listdir(path.parent) if path.parent.is_dir() else []
        msg = f"there is no checkpoint {str(path)!r}.{nearest(path.name, names)}"
        raise CheckpointError(msg) from None
    except (OSError, SafetensorError) as error:
        msg = f"{path} is no checkpoint, or a damaged one ({error}): choose another file"
        raise CheckpointError(msg) from error


def _header(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    if metadata.get("schema") != SCHEMA:
        msg = (
            f"{path} has the schema {metadata.get('schema')!r}, expected {SCHEMA!r}: it is no checkpoint of this "
            "version of isospike; choose another file"
        )
        raise CheckpointError(msg)
    try:
        header: dict[str, Any] = {"notes": {}, **json.loads(metadata["header"])}
        known = all(isinstance(header[key], dict) for key in ("states", "seeds", "grids", "notes"))
        known = known and all(_is_grid(x) for x in header["grids"].values())
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        msg = f"{path} has a damaged header: choose another file"
        raise CheckpointError(msg)
    return header


def _is_grid(exponents: Any) -> bool:
    whole = isinstance(exponents, list) and len(exponents) == 2 and all(type(k) is int for k in exponents)
    return whole and all(abs(k) < 2000 for k in exponents)


def _check_seeds(path: Path, parts: Mapping[str, Module], seeds: Mapping[str, Any]) -> None:
    for name, part in parts.items():
        if name in seeds and seeds[name] != part._seed:
            msg = (
                f"{path} was saved with seed {seeds[name]}, and {name or type(part).__name__} is initialised with seed "
                f"{part._seed}, so that its synapses and noise are others: write "
                f"with iso.environ.context(seed={seeds[name]}): iso.init_all_states(...)"
            )
            raise CheckpointError(msg)


def _check_names(path: Path, found: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    missing, extra = sorted(found.keys() - arrays.keys()), sorted(arrays.keys() - found.keys())
    if missing or extra:
        parts = [f"the file lacks {', '.join(missing[:5])}"] if missing else []
        parts += [f"the module lacks {', '.join(extra[:5])}"] if extra else []
        msg = f"{path} is of other modules: {'; '.join(parts)}. Build and initialise those that were saved"
        raise CheckpointError(msg)


def _dtype(x: Any) -> str:
    return str(x.dtype).rsplit(".", 1)[-1]


def _described(x: Any, unit: str | None) -> str:
    return f"{_dtype(x)}{list(x.shape)} in {unit}"
