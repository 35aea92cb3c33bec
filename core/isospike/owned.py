"""The States that attributes hold, bare or in containers: found by path, and kept when they are made again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from isospike.state import State, leave_trace
from isospike.tree import flatten, unflatten

__all__ = ["own_states", "states_in", "succeed"]


def own_states(owner: object) -> Iterator[tuple[str, State]]:
    """Yield the States that an object itself holds, by the path of attributes from there, such as ``xs.0``."""
    for name, value in list(vars(owner).items()):
        yield from states_in(name, value)


def states_in(path: str, value: Any) -> Iterator[tuple[str, State]]:
    """Yield the States of a value: itself, or the items of dicts, lists and tuples at any depth."""
    if isinstance(value, State):
        yield path, value
    elif isinstance(value, (dict, list, tuple)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from states_in(f"{path}.{key}", item)


def succeed(old: Any, new: Any) -> Any:
    """Return ``new`` with the States of ``old`` in it, which take over the new values.

    States keep their identity in this way when they are made again, so that compiled steps stay valid.
    """
    leaves, structure = flatten(new)
    before, held = flatten(old)
    if structure != held or not any(isinstance(x, State) for x in leaves):
        return new
    return unflatten(structure, [_refilled(a, b) for a, b in zip(before, leaves, strict=True)])


def _refilled(old: Any, new: Any) -> Any:
    if not isinstance(new, State) or type(old) is not type(new) or old is new:
        return new
    old.replace(new.value)
    leave_trace(new)
    return old
