"""A network file in Python: a module with ``build()``, and perhaps ``RUN`` and ``RECORD``."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from isospike import units
from isospike.config.document import checked
from isospike.config.place import Place
from isospike.config.quantities import quantity_text
from isospike.config.schema import Record, Run, Table
from isospike.errors import ConfigError, IsospikeError, nearest
from isospike.module import Module

__all__ = ["blaming", "load_module", "source_hash"]

T = TypeVar("T", bound=Table)


def load_module(path: Path) -> tuple[Run, Record, Callable[[], Module]]:
    """Import a Python file and return its ``RUN``, its ``RECORD`` and its ``build`` function.

    Raises
    ------
    ConfigError
        The file fails, or has no ``build()``; the message names the line.
    """
    with blaming(path):
        module = _imported(path)
    build = getattr(module, "build", None)
    if not callable(build):
        hint = nearest("build", [name for name in vars(module) if callable(getattr(module, name))])
        msg = f"{path} has no function build().{hint} Write `def build():` that returns the network"
        raise ConfigError(msg)
    return _table(Run, module, path), _table(Record, module, path), partial(_network, path, build)


@contextmanager
def blaming(path: Path) -> Iterator[None]:
    """Turn an exception that comes from the user's file into a short error with its line; others pass."""
    try:
        yield
    except (Exception, SystemExit) as error:
        line = _line(path, error)
        if line is None:
            raise
        name = "" if isinstance(error, IsospikeError) else f"{type(error).__name__}: "
        msg = f"{path}:{line}: {name}{error.msg if isinstance(error, SyntaxError) else error}"
        raise ConfigError(msg) from error


def source_hash(path: Path) -> str:
    """Return ``"sha256:..."`` of the file."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def _imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"isospike_run_{path.stem}", path.resolve())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses and pickles of the file look for their module there
    sys.path.insert(0, str(path.resolve().parent))  # as `python net.py` does: it may import its neighbours
    spec.loader.exec_module(module)
    return module


def _table(table: type[T], module: ModuleType, path: Path) -> T:
    name = table.__name__.upper()
    given = getattr(module, name, {})
    if not isinstance(given, Mapping):
        example = "RUN = {'duration': '1 s', 'dt': '0.1 ms'} or RECORD = {'variables': ['cells.V']}"
        msg = f"{path}: {name} is a {type(given).__name__}, expected a dict, such as {example}"
        raise ConfigError(msg)
    texts = {key: quantity_text(value) if units.is_quantity(value) else value for key, value in given.items()}
    return checked(table, texts, Place(str(path), name))


def _network(path: Path, build: Callable[[], Any]) -> Module:
    with blaming(path):
        network = build()
    if not isinstance(network, Module):
        given = type(network).__name__
        msg = f"{path}: build() returned a {given}, expected a network: end it with `return net`"
        raise ConfigError(msg)
    return network


def _line(path: Path, error: BaseException) -> int | None:
    """Return the line of the file that the error comes from; ``None`` if it comes from elsewhere."""
    own = str(path.resolve())
    if isinstance(error, SyntaxError) and error.filename == own:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own]
    return lines[-1] if lines else None
