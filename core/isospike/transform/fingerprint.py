"""What a Python function will do, as a key: its code and everything that it reads from outside.

A step function is traced anew only if its fingerprint changed. A global that is rebound, a closure over
another value or an edited list gives another fingerprint; a function that reads something whose changes
cannot be seen has none.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import units
from isospike.module import Module
from isospike.state import State

__all__ = ["Fingerprint", "fingerprint", "token"]

_LITERALS = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))
_BY_IDENTITY = (Module, State, types.BuiltinFunctionType, np.ufunc)
_MAX_BYTES = 4096


class _Unknown(Exception):
    """A value whose changes cannot be seen."""


@dataclass(frozen=True)
class Fingerprint:
    """A hashable key, and the objects that it names by identity, which must stay alive as long as the key is used."""

    key: Any
    held: tuple[Any, ...]


def fingerprint(function: Any) -> Fingerprint | None:
    """Return the fingerprint of a function, or ``None`` where there is none."""
    held: list[Any] = []
    try:
        return Fingerprint(_token(function, held, set()), tuple(held))
    except (_Unknown, ValueError):  # ValueError: a closure cell that is not filled yet
        return None


def token(value: Any) -> Any:
    """Return a hashable form of a value that is equal for equal values; unlike anything else where there is none."""
    try:
        return _token(value, [], set())
    except _Unknown:
        return object()


def _token(value: Any, held: list[Any], seen: set[int]) -> Any:
    if isinstance(value, _LITERALS):
        return (type(value).__name__, value)
    if units.is_quantity(value):
        mantissa, unit = units.split(value)
        return ("quantity", _token(mantissa, held, seen), "" if unit is None else units.unit_name(unit))
    if isinstance(value, (np.ndarray, np.generic)):
        return _array_token(np.asarray(value))
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


def _array_token(array: np.ndarray) -> Any:
    if array.nbytes > _MAX_BYTES:
        raise _Unknown
    return ("array", array.shape, array.dtype.str, array.tobytes())


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
