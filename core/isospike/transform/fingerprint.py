"""What a Python function will do, as a key: its code and everything that it reads from outside.

A step function is traced anew only if its fingerprint changed. A global that is rebound, a closure over
another value or an edited list gives another fingerprint; a function that reads something whose changes
cannot be seen has none.
"""

from __future__ import annotations

import functools
import hashlib
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from isospike import units
from isospike.module import Module
from isospike.state import State

__all__ = ["Fingerprint", "fingerprint", "is_watched", "token"]

_LITERALS = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))
_BY_IDENTITY = (State, types.BuiltinFunctionType, np.ufunc)
# A larger array is not read anew at every call: a step that depends on one is traced each time.
_MAX_BYTES = 2**20


class _Unknown(Exception):
    """A value whose changes cannot be seen."""


@dataclass(frozen=True)
class Fingerprint:
    """A hashable key that keeps alive what it names by identity, so that no other object can take its place."""

    key: Any
    held: tuple[Any, ...] = field(compare=False, repr=False)


def fingerprint(function: Any) -> Fingerprint | None:
    """Return the fingerprint of a function or value, or ``None`` where there is none."""
    held: list[Any] = []
    try:
        return Fingerprint(_token(function, held, set()), tuple(held))
    except (_Unknown, ValueError):  # ValueError: a closure cell that is not filled yet
        return None


def token(value: Any) -> Any:
    """Return a hashable form of a value that is equal for equal values; unlike anything else where there is none."""
    return fingerprint(value) or object()


def _token(value: Any, held: list[Any], seen: set[int]) -> Any:
    if isinstance(value, float):
        return ("float", value.hex())  # 0.0 and -0.0 are two values, and nan is one
    if isinstance(value, _LITERALS):
        return (type(value).__name__, value)
    if isinstance(value, Module):
        return _module_token(value, held, seen)
    if units.is_quantity(value):
        mantissa, unit = units.split(value)
        return ("quantity", _token(mantissa, held, seen), "" if unit is None else units.unit_name(unit))
    if isinstance(value, (np.ndarray, np.generic)):
        return _array_token(np.asarray(value), held)
    if isinstance(value, (tuple, list)):
        return (type(value).__name__, *(_token(v, held, seen) for v in value))
    if isinstance(value, dict):
        return ("dict", *((k, _token(v, held, seen)) for k, v in value.items()))
    if isinstance(value, (types.FunctionType, types.MethodType, functools.partial)):
        return _function_token(value, held, seen)
    if isinstance(value, _BY_IDENTITY) or units.is_unit(value) or _is_library(value):
        held.append(value)
        return ("object", id(value))
    raise _Unknown


def _is_library(value: Any) -> bool:
    """Say whether a module, class or function belongs to an installed library, which nobody edits while it runs."""
    name = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", "")
    if not isinstance(value, (type, types.ModuleType, types.FunctionType)) or not isinstance(name, str):
        return False
    root = name.partition(".")[0]
    if root.startswith("isospike") or root in sys.stdlib_module_names:
        return root != "__main__"
    return "site-packages" in (getattr(sys.modules.get(root), "__file__", None) or "")


def _array_token(array: np.ndarray, held: list[Any]) -> Any:
    if not array.flags.writeable and array.base is None:
        held.append(array)
        return ("object", id(array))
    if array.nbytes > _MAX_BYTES or array.dtype.hasobject:
        raise _Unknown
    return ("array", array.shape, array.dtype.str, hashlib.blake2b(array.tobytes(), digest_size=16).digest())


def _module_token(module: Module, held: list[Any], seen: set[int]) -> Any:
    """Name a module and all below it by identity, with the code of its classes and the containers that it holds.

    Plain attributes need no mention: assigning one changes the version of the structure, which every key holds.
    """
    if id(module) in seen:
        return ("object", id(module))
    parts: list[Any] = []
    for child in module.modules().values():
        seen.add(id(child))
        held.append(child)
        contents = (_token(v, held, seen) for v in _containers(child))
        parts.append((id(child), *contents, *_methods(type(child), held, seen)))
    return ("module", *parts)


def is_watched(module: Module) -> bool:
    """Say whether a module holds or reads anything whose changes only its token shows."""
    return any(_containers(child) or any(_own_bases(type(child))) for child in module.modules().values())


def _containers(module: Module) -> list[Any]:
    public = (v for k, v in vars(module).items() if not k.startswith("_"))
    return [v for v in public if isinstance(v, (list, dict, np.ndarray))]


def _own_bases(cls: type) -> Iterator[type]:
    """Yield the classes among a class and its bases that are the user's."""
    return (base for base in cls.__mro__ if not _is_library(base))


def _methods(cls: type, held: list[Any], seen: set[int]) -> Iterator[Any]:
    """Yield tokens of the methods that a class has from the user, once."""
    for base in _own_bases(cls):
        if id(base) in seen:
            continue
        seen.add(id(base))
        held.append(base)
        for value in vars(base).values():
            function = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
            if isinstance(function, types.FunctionType):
                yield _token(function, held, seen)


def _function_token(value: Any, held: list[Any], seen: set[int]) -> Any:
    if isinstance(value, functools.partial):
        return ("partial", *(_token(v, held, seen) for v in (value.func, value.args, value.keywords)))
    if isinstance(value, types.MethodType):
        return ("method", _token(value.__func__, held, seen), _token(value.__self__, held, seen))
    if _is_library(value):
        held.append(value)
        return ("object", id(value))
    held.append(value.__code__)
    key = ("function", id(value.__code__))
    if id(value) in seen:
        return key
    seen.add(id(value))
    cells = [c.cell_contents for c in value.__closure__ or ()]
    outside = [*cells, value.__defaults__, value.__kwdefaults__, *_globals(value.__code__, value.__globals__)]
    return (*key, *(_token(v, held, seen) for v in outside))


def _globals(code: types.CodeType, known: dict[str, Any]) -> Iterator[Any]:
    """Yield the globals that code may read, its inner functions included."""
    for name in code.co_names:
        if name in known:
            yield known[name]
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _globals(constant, known)
