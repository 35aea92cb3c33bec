"""Make, fill, name and reset the States of a whole tree of modules."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from isospike.clock import Clock
from isospike.errors import ParameterError
from isospike.module import Module, opened, structure_changed
from isospike.state import State

__all__ = ["init_all_states", "reset_all_states"]

M = TypeVar("M", bound=Module)


def init_all_states(module: M, batch_size: int | None = None, *, name: str | None = None) -> M:
    """Make and fill every State of a module and those below it, and draw its connectivity.

    Parameters
    ----------
    module : Module
        The network, population or projection.
    batch_size : int, optional
        Size of a leading batch axis; none by default.
    name : str, optional
        Root of the names of random streams, the class name by default: two networks of one name and seed draw
        the same numbers.

    Returns
    -------
    Module
        The module itself.
    """
    _check_batch_size("init_all_states", batch_size)
    _name_all(module, name or type(module).__name__)
    for path, child in module.modules().items():
        object.__setattr__(child, "_batch_size", batch_size)
        with opened(child):
            child.init_state(batch_size=batch_size)
        _name_states(child, path)
    return module


def reset_all_states(module: M, batch_size: int | None = None) -> M:
    """Put every short-term State back to its initial value; trained parameters and the clock stay.

    Parameters
    ----------
    module : Module
        A module that was initialised by `init_all_states`.
    batch_size : int, optional
        Size of the leading batch axis; the one that `init_all_states` was given by default.

    Returns
    -------
    Module
        The module itself.
    """
    _check_batch_size("reset_all_states", batch_size)
    for child in module.modules().values():
        with opened(child):
            child.reset_state(batch_size=child._batch_size if batch_size is None else batch_size)
    return module


def _check_batch_size(caller: str, batch_size: Any) -> None:
    if batch_size is not None and (isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1):
        msg = f"{caller}(batch_size=...) is {batch_size!r}, expected a positive integer or None"
        raise ParameterError(msg)


def _name_all(root: Module, name: str) -> None:
    clock = root._clock or Clock()
    clock.replace(np.int32(0))
    for path, child in root.modules().items():
        full = f"{name}.{path}" if path else name
        if (child._path, child._clock) == (full, clock):
            continue
        if child._clock is not None:
            # A trace holds the streams of random numbers, which follow the paths, and the clock.
            structure_changed()
        object.__setattr__(child, "_path", full)
        object.__setattr__(child, "_clock", clock)


def _name_states(module: Module, path: str) -> None:
    for name, value in vars(module).items():
        if isinstance(value, State):
            value.name = f"{path}.{name}" if path else f"{module.path}.{name}"
