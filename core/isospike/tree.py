"""Nested containers of arrays: flatten, rebuild and map dicts, tuples and lists, on every backend alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["flatten", "map_leaves", "unflatten"]

# A structure is hashable: None stands for an empty place, LEAF for an array, a tuple for a container and its
# parts.
LEAF = "*"
Structure = Any


def flatten(value: Any) -> tuple[list[Any], Structure]:
    """Return the leaves of nested dicts, tuples and lists, and the structure that rebuilds them.

    ``None`` holds no leaf; anything that is not a container is one.
    """
    leaves: list[Any] = []
    return leaves, _flatten(value, leaves)


def unflatten(structure: Structure, leaves: Iterable[Any]) -> Any:
    """Return the value of that structure over new leaves."""
    return _unflatten(structure, iter(leaves))


def map_leaves(function: Callable[[Any], Any], value: Any) -> Any:
    """Return the value with ``function`` applied to each leaf."""
    leaves, structure = flatten(value)
    return unflatten(structure, [function(x) for x in leaves])


def _flatten(value: Any, leaves: list[Any]) -> Structure:
    if value is None:
        return None
    if isinstance(value, dict):
        return ("dict", tuple((k, _flatten(v, leaves)) for k, v in value.items()))
    if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
        return (type(value).__name__, tuple(_flatten(v, leaves) for v in value))
    if isinstance(value, tuple):
        return (type(value), tuple(_flatten(v, leaves) for v in value))
    leaves.append(value)
    return LEAF


def _unflatten(structure: Structure, leaves: Any) -> Any:
    if structure is None:
        return None
    if structure == LEAF:
        return next(leaves)
    kind, parts = structure
    if kind == "dict":
        return {k: _unflatten(v, leaves) for k, v in parts}
    items = [_unflatten(p, leaves) for p in parts]
    if kind == "list":
        return items
    return tuple(items) if kind == "tuple" else kind(*items)
