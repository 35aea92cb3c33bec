"""Read a ``.nir`` file, which is HDF5, or a graph of the package nir, as plain dicts; nothing in it is executed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from isospike.errors import ConfigError, IsospikeError, MissingDependencyError

__all__ = ["read", "require"]

# What h5py raises where bytes are not what they were.
_DAMAGE = (KeyError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
_DEEPEST = 32  # groups within groups; a link may lead back to a group above it


def read(source: Any) -> dict[str, Any]:
    """Return a graph as dicts: of a file by its path, or of a ``nir.NIRGraph``.

    Raises
    ------
    ConfigError
        The file does not exist, is damaged, or holds no NIR graph.
    MissingDependencyError
        h5py is not installed.
    """
    if isinstance(source, str | Path):
        graph, what = _from_file(Path(source)), f"{source}"
    elif hasattr(source, "nodes") and hasattr(source, "to_dict"):
        graph, what = source.to_dict(), f"a {type(source).__name__}"
    else:
        msg = f"load({source!r}): expected the path of a .nir file, or a nir.NIRGraph: iso.nir.load('network.nir')"
        raise ConfigError(msg)
    if not isinstance(graph, dict) or graph.get("type") != "NIRGraph":
        found = graph.get("type") if isinstance(graph, dict) else None
        msg = f"{what} holds {found!r}, expected a NIRGraph: nir.write('network.nir', nir.NIRGraph(nodes, edges))"
        raise ConfigError(msg)
    return graph


def require(module: str) -> None:
    """Refuse to go on without a library of the extra ``nir``."""
    if importlib.util.find_spec(module) is None:
        msg = f'NIR needs {module}, not installed here: pip install "isospike[nir]"'
        raise MissingDependencyError(msg)


def _from_file(path: Path) -> Any:
    require("h5py")
    import h5py

    if not path.is_file():
        msg = f"{path} does not exist: give the path of a .nir file"
        raise ConfigError(msg)
    try:
        with h5py.File(path, "r") as file:
            if "node" not in file:
                msg = f"{path} is HDF5, but has no group 'node', as every .nir file has: write it with nir.write"
                raise ConfigError(msg)
            return _contents(h5py, file, "node", path, 0)
    except IsospikeError:
        raise
    except _DAMAGE as error:
        msg = f"{path} cannot be read as HDF5, it may be cut off ({error}): write it again with nir.write"
        raise ConfigError(msg) from error


def _contents(h5py: Any, group: Any, key: str, path: Path, depth: int) -> Any:
    """Return what stands under a key: a group as a dict, a dataset as text or an array."""
    where = f"{path}, {group.name.rstrip('/')}/{key}"
    if not isinstance(group.get(key, getlink=True), h5py.HardLink) or depth > _DEEPEST:
        msg = f"{where} is a link to elsewhere, or lies deeper than {_DEEPEST} groups: a .nir file holds its own data"
        raise ConfigError(msg)
    item = group[key]
    if isinstance(item, h5py.Group):
        return {name: _contents(h5py, item, name, path, depth + 1) for name in item}
    if not isinstance(item, h5py.Dataset):
        msg = f"{where} is a {type(item).__name__}, expected a group or a dataset"
        raise ConfigError(msg)
    try:
        value = item[()]
    except _DAMAGE as error:
        msg = f"{where} cannot be read, the file may be damaged ({error}): write it again with nir.write"
        raise ConfigError(msg) from error
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
