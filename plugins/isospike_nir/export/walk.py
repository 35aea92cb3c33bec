"""Outline a module: run its update once, with values that only know where they come from."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

from isospike.errors import ConfigError, IsospikeError
from isospike.module import Module
from isospike.state import State
from isospike_nir.export.description import Description
from isospike_nir.export.flow import GIVEN, Flow, Source
from isospike_nir.export.leaves import Leaves
from isospike_nir.export.standin import Composite, Leaf, NoState, is_leaf

__all__ = ["outline"]


def outline(to: Description, module: Module) -> None:
    """Describe what ``update`` of a module does in a step: calls of modules, and sums of what they return.

    Raises
    ------
    ConfigError
        It does something else, or NIR does not have one of its modules.
    """
    given = inspect.signature(module.update).parameters.values()
    if is_leaf(module):
        name, arguments = type(module).__name__.lower(), [p.name for p in given]
        leaves = Leaves(to, {name: module}, arguments)
        call: Callable[..., Any] = Leaf(leaves, name, module)
    else:
        arguments = [p.name for p in given if p.default is p.empty]
        leaves = Leaves(to, module.modules(), arguments)
        call = _twin(module, "", leaves).update
    try:
        result = call(*(Flow((Source(name),), 0, GIVEN) for name in arguments))
    except IsospikeError:
        raise
    except Exception as error:
        msg = (
            f"{type(module).__name__}.update does what NIR has no node for ({type(error).__name__}: {error}). "
            "A graph has modules that are called with values, sums and ranges of these, and nothing else"
        )
        raise ConfigError(msg) from error
    leaves.finish(type(module).__name__, result)


def _twin(module: Module, path: str, leaves: Leaves) -> Any:
    """Return a copy of a module whose sub-modules are replaced by what describes their calls."""
    twin = copy.copy(module)

    def stand_in(name: str, value: Any) -> Any:
        if isinstance(value, Module):
            at = f"{path}{name}"
            return Leaf(leaves, at, value) if is_leaf(value) else Composite(_twin(value, f"{at}.", leaves))
        if isinstance(value, State):
            return NoState(f"{path}{name}")
        if isinstance(value, dict):
            return {k: stand_in(f"{name}.{k}", v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(stand_in(f"{name}.{k}", v) for k, v in enumerate(value))
        return value

    for name, value in vars(module).items():
        if not name.startswith("_"):
            # Past the checks of a module, which take only modules.
            vars(twin)[name] = stand_in(name, value)
    return twin
