"""Read a ``.nir`` file, which is HDF5, or a graph of the package nir, as plain dicts; nothing in it is executed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, NoReturn

from isospike.errors import ConfigError, IsospikeError, MissingDependencyError

__all__ = ["read", "require"]

# What h5py raises where bytes are not what they were.
_DAMAGE = (KeyError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
_DEEPEST = 32  # groups within groups
# Deflate, the filter that nir writes with, makes no more than 1032 bytes of one. What claims more was never written.
_MOST_OF_A_BYTE = 1100
_UNWRITTEN = 2**20


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
        graph, what = _from_memory(source), f"a {type(source).__name__}"
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


def _from_memory(source: Any) -> Any:
    try:
        return source.to_dict()
    except RecursionError as error:
        msg = f"a {type(source).__name__} holds graphs within graphs without end: does one of them hold itself?"
        raise ConfigError(msg) from error


def _from_file(path: Path) -> Any:
    require("h5py")
    import h5py

    if not path.is_file():
        msg = f"{path} does not exist: give the path of a .nir file"
        raise ConfigError(msg)
    try:
        with h5py.File(path, "r") as file:
            return _File(h5py, path).graph(file)
    except IsospikeError:
        raise
    except _DAMAGE as error:
        msg = f"{path} cannot be read as HDF5, it may be cut off ({error}): write it again with nir.write"
        raise ConfigError(msg) from error


class _File:
    """An open file, of which nothing is read that lies elsewhere, is there twice, or was never written."""

    def __init__(self, h5py: Any, path: Path) -> None:
        self.h5py, self.path = h5py, path
        self.seen: set[int] = set()

    def graph(self, file: Any) -> Any:
        """Return the group ``node``."""
        if file.get("node", getlink=True) is None:
            msg = f"{self.path} is HDF5, but has no group 'node', as every .nir file has: write it with nir.write"
            raise ConfigError(msg)
        return self.contents(file, "node", 0)

    def contents(self, group: Any, key: str, depth: int) -> Any:
        """Return what stands under a key: a group as a dict, a dataset as text or an array."""
        where = f"{self.path}, {group.name.rstrip('/')}/{key}"
        # Before it is opened: to follow a link may be to wait, as for a pipe.
        if not isinstance(group.get(key, getlink=True), self.h5py.HardLink):
            _refuse(f"{where} is a link to elsewhere")
        if depth > _DEEPEST:
            _refuse(f"{where} lies deeper than {_DEEPEST} groups")
        item = group[key]
        if not isinstance(item, self.h5py.Group | self.h5py.Dataset):
            _refuse(f"{where} is a {type(item).__name__}, no group and no dataset")
        address = self.h5py.h5o.get_info(item.id).addr
        if address in self.seen:
            _refuse(f"{where} is also under another name, or holds itself")
        self.seen.add(address)
        if isinstance(item, self.h5py.Group):
            return {name: self.contents(item, name, depth + 1) for name in item}
        return self.value(item, where)

    def value(self, item: Any, where: str) -> Any:
        """Return a dataset whose data are in the file itself."""
        if item.external or item.is_virtual:
            _refuse(f"the data of {where} are in another file")
        size = 0 if item.size is None else item.size * item.dtype.itemsize
        if size > _MOST_OF_A_BYTE * item.id.get_storage_size() + _UNWRITTEN:
            _refuse(f"{where} claims {size} bytes, of which the file holds {item.id.get_storage_size()}")
        try:
            value = item[()]
        except _DAMAGE as error:
            msg = f"{where} cannot be read, the file may be damaged ({error}): write it again with nir.write"
            raise ConfigError(msg) from error
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _refuse(what: str) -> NoReturn:
    msg = f"{what}: a .nir file holds its own data, each under one name. Write it again with nir.write"
    raise ConfigError(msg)
