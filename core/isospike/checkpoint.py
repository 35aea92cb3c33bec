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

from isospike import environ, units
from isospike.comm import SparseComm
from isospike.delay.times import dt_in_ms
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
    leaves = list(_leaves(dict(_states(parts))))
    arrays = {name: np.asarray(to_host(x), order="C") for name, _, x in leaves}
    header = {
        "states": {name: unit for name, unit, _ in leaves},
        "seeds": {name: part._seed for name, part in parts.items()},
        "dt_ms": {name: part._clock.dt_ms for name, part in parts.items() if part._clock is not None},
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


def load_checkpoint(
    file: str | os.PathLike[str], modules: Modules, *, kinds: type[State] | tuple[type[State], ...] | None = None
) -> None:
    """Let modules go on from a file, or take only some kinds of States from it, such as what was trained.

    They are built and initialised as those that were saved: the same classes, sizes and seed, on any backend. Nothing
    is changed where anything does not fit.

    Parameters
    ----------
    file : path
        What `save_checkpoint` wrote.
    modules : Module, or dict of str to Module
        In the form that it was given.
    kinds : type of State, or tuple of them, optional
        Take only these, such as ``iso.ParamState`` for the weights, and leave all other States, clock and seed as they
        are: batch size and ``dt`` may then be others than those of the file. All by default.

    Raises
    ------
    CheckpointError
        The file is missing, damaged or something else, or belongs to other modules or steps of another ``dt``.
    """
    path = Path(os.path.abspath(Path(file).expanduser()))
    parts = _parts(modules)
    with _opened(path) as (header, stored):
        _check_initialised(parts, header["seeds"])
        states = dict(_states(parts, kinds))
        names = set(stored.keys()) if kinds is None else _wanted(parts, states, set(stored.keys()))
        arrays = {name: stored.get_tensor(name) for name in names}
    if not states:
        msg = f"load_checkpoint(..., kinds={kinds}): the modules have no State of these kinds; leave kinds out"
        raise CheckpointError(msg)
    loaded = set(states.values())
    drawn = {name for name, comm in _comms(parts) if comm.weight in loaded}
    _check_seeds(path, parts, header["seeds"], drawn if kinds else None)
    if kinds is None:
        _check_dt(path, header["dt_ms"])
    _check_fit(path, {name: (unit, x) for name, unit, x in _leaves(states)}, arrays, header["states"])
    for prefix, state in states.items():
        state.store(state.spec, [arrays[f"{prefix}#{i}"] for i in range(len(state.leaves))])
    for name, comm in _comms(parts):
        if name in header["grids"] and name in drawn:
            comm.weight_grid = WeightGrid.of(*header["grids"][name])
    if kinds is None:
        for name, part in parts.items():
            if part._clock is not None:
                part._clock.dt_ms = header["dt_ms"].get(name)


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


def _states(
    parts: Mapping[str, Module], kinds: type[State] | tuple[type[State], ...] | None = None
) -> Iterator[tuple[str, State]]:
    """Yield the States of all modules by path, or those of some kinds."""
    for name, part in parts.items():
        prefix = f"{name}/" if name else ""
        for path, state in named_states(part).items():
            if kinds is None or isinstance(state, kinds):
                yield f"{prefix}{path}", state


def _leaves(states: Mapping[str, State]) -> Iterator[tuple[str, str, Any]]:
    """Yield name, unit and array of each leaf of each State."""
    for path, state in states.items():
        for i, (x, unit) in enumerate(zip(state.leaves, state.spec.units, strict=True)):
            yield f"{path}#{i}", "1" if unit is None else units.unit_name(unit), x


def _wanted(parts: Mapping[str, Module], states: Mapping[str, State], stored: set[str]) -> set[str]:
    """Return the arrays of a file that are of these States, or of none that the modules have."""
    others = {path for path, _ in _states(parts)} - states.keys()
    prefixes = {name for name in parts if name}
    mine = {name for name in stored if not prefixes or name.partition("/")[0] in prefixes}
    return {name for name in mine if name.rpartition("#")[0] not in others}


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
        header: dict[str, Any] = {"notes": {}, "dt_ms": {}, **json.loads(metadata["header"])}
        known = all(isinstance(header[key], dict) for key in ("states", "seeds", "grids", "notes", "dt_ms"))
        known = known and all(_is_grid(x) for x in header["grids"].values())
        known = known and all(x is None or (type(x) is float and 0 < x < 1e9) for x in header["dt_ms"].values())
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        msg = f"{path} has a damaged header: choose another file"
        raise CheckpointError(msg)
    return header


def _is_grid(exponents: Any) -> bool:
    whole = isinstance(exponents, list) and len(exponents) == 2 and all(type(k) is int for k in exponents)
    return whole and all(abs(k) < 2000 for k in exponents)


def _check_initialised(parts: Mapping[str, Module], seeds: Mapping[str, Any]) -> None:
    for name, part in parts.items():
        if part._clock is None and seeds.get(name) is not None:
            msg = (
                f"{name or type(part).__name__} is not initialised, and has no States yet for a checkpoint to fill: "
                f"call iso.init_all_states({name or 'network'}) before load_checkpoint, with seed={seeds[name]}"
            )
            raise CheckpointError(msg)


def _check_seeds(
    path: Path, parts: Mapping[str, Module], seeds: Mapping[str, Any], drawn: set[str] | None = None
) -> None:
    """Refuse another seed; where ``drawn`` is given, only of modules with such connections: weights are of synapses."""
    for name, part in parts.items():
        if drawn is not None and not any(comm.startswith(f"{name}/") for comm in drawn):
            continue
        if name in seeds and seeds[name] != part._seed:
            others = "synapses and noise are" if drawn is None else "synapses, which the weights belong to, are"
            msg = (
                f"{path} was saved with seed {seeds[name]}, and {name or type(part).__name__} is initialised with seed "
                f"{part._seed}, so that its {others} others: write "
                f"with iso.environ.context(seed={seeds[name]}): iso.init_all_states(...)"
            )
            raise CheckpointError(msg)


def _check_dt(path: Path, held: Mapping[str, float | None]) -> None:
    """Refuse to go on inside an environment with another dt; without one, `simulate` sees to it."""
    for dt_ms in held.values():
        if dt_ms is not None and environ.get("dt", None) is not None and abs(dt_in_ms() - dt_ms) > 1e-9 * dt_ms:
            msg = (
                f"{path} is of a run with dt = {dt_ms:g} ms, and dt is now {environ.get_dt()}, at which its steps are "
                f"another time: load it and go on inside `with iso.environ.context(dt={dt_ms:g} * u.ms):`, or take "
                "only what was trained: iso.load_checkpoint(file, network, kinds=iso.ParamState)"
            )
            raise CheckpointError(msg)


def _check_fit(
    path: Path, found: Mapping[str, Any], arrays: Mapping[str, Any], stored_units: Mapping[str, Any]
) -> None:
    """Refuse a file whose arrays are not those of the States: other names, shapes, dtypes or units."""
    _check_names(path, found, arrays)
    for name, (unit, own) in found.items():
        given = arrays[name]
        if given.shape != tuple(own.shape) or str(given.dtype) != _dtype(own) or stored_units.get(name) != unit:
            msg = (
                f"{path}: {name} is {_described(given, stored_units.get(name))} in the file and "
                f"{_described(own, unit)} in the module: build and initialise it as the one that was saved"
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
