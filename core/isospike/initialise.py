"""Make, fill, name and reset the States of a whole tree of modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

import numpy as np

from isospike import environ
from isospike.clock import Clock
from isospike.drawing import Drawing
from isospike.dynamics import Dynamics
from isospike.errors import ParameterError, TraceError
from isospike.graph.trace import tracing
from isospike.module import Module, opened, structure_changed
from isospike.owned import own_states
from isospike.state import ParamState

__all__ = ["init_all_states", "reset_all_states"]

M = TypeVar("M", bound=Module)


def init_all_states(module: M, batch_size: int | None = None, *, name: str | None = None) -> M:
    """Make and fill every State of a module and those below it, and draw its connectivity and parameters.

    The seed in force is that of all random numbers of the network from now on, those of later steps included,
    and its clock starts at zero. A module that was initialised as part of a larger one keeps the path, the
    clock and the seed that it has there: its States are made anew, and nothing else.

    Parameters
    ----------
    module : Module
        The network, population or projection.
    batch_size : int, optional
        Size of a leading batch axis; none by default.
    name : str, optional
        Root of the names of random streams, the class name by default: two networks of one name and seed draw
        the same numbers. Given for a part of a larger network, it makes the part a root of its own.

    Returns
    -------
    Module
        The module itself.

    Raises
    ------
    TraceError
        It is called inside a transform and would draw weights anew, so that a training step forgets the one before.
    """
    _check_batch_size("init_all_states", batch_size)
    trained = {path: state.held()[1] for path, state in module.states(ParamState).items()} if tracing() else {}
    is_part = module._is_part and name is None
    if is_part:
        _join(module)
    else:
        _found(module, name or type(module).__name__)
    for path, child in _in_order(module):
        object.__setattr__(child, "_batch_size", batch_size)
        with opened(child):
            if isinstance(child, Drawing):
                child.redraw()
            child.init_state(batch_size=batch_size)
        _forget_inputs(child)
        if not is_part:
            _name_states(child, path)
    _require_kept(module, trained)
    return module


def reset_all_states(module: M, batch_size: int | Literal["initial"] | None = "initial") -> M:
    """Put every short-term State back to its initial value; trained parameters and the clock stay.

    Parameters
    ----------
    module : Module
        A module that was initialised by `init_all_states`.
    batch_size : int, None or "initial"
        Size of the leading batch axis; ``None`` for no such axis, as `isospike.simulate` needs it. By default the size
        that `init_all_states` was given, to which a later reset also returns.

    Returns
    -------
    Module
        The module itself.
    """
    if batch_size != "initial":
        _check_batch_size("reset_all_states", batch_size)
    for _, child in _in_order(module):
        with opened(child, "reset"):
            child.reset_state(batch_size=child._batch_size if batch_size == "initial" else batch_size)
        _forget_inputs(child)
    return module


def _in_order(root: Module) -> list[tuple[str, Module]]:
    return sorted(root.modules().items(), key=lambda item: item[1].init_order)


def _check_batch_size(caller: str, batch_size: Any) -> None:
    if batch_size is not None and (isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1):
        msg = f"{caller}(batch_size=...) is {batch_size!r}, expected a positive integer or None"
        raise ParameterError(msg)


def _require_kept(module: Module, trained: Mapping[str, Sequence[Any]]) -> None:
    """Refuse to have drawn trained weights again, which each call of a compiled step would do."""
    states = module.states(ParamState)
    drawn = [
        path
        for path, before in trained.items()
        if any(a is not b for a, b in zip(states[path].held()[1], before, strict=True))
    ]
    if drawn:
        msg = (
            f"init_all_states({type(module).__name__}) inside a transform would draw {', '.join(drawn[:3])} "
            "anew in every call, and undo its training: write iso.reset_all_states(net) there, which leaves trained "
            "parameters alone, and call init_all_states once before"
        )
        raise TraceError(msg)


def _found(root: Module, name: str) -> None:
    """Make a module the root of a network: with a clock at zero, the seed in force, and paths that start here."""
    clock = root._clock if root._clock is not None and not root._is_part else Clock()
    clock.replace(np.int32(0))
    for path, child in root.modules().items():
        _place(child, f"{name}.{path}" if path else name, clock, environ.get("seed"), is_part=child is not root)


def _join(part: Module) -> None:
    """Take modules that were added to a part of a network since it was initialised into that network."""
    for path, child in part.modules().items():
        if child._clock is not part._clock:
            _place(child, f"{part._path}.{path}", part._clock, part._seed, is_part=True)


def _place(module: Module, path: str, clock: Clock | None, seed: int | None, *, is_part: bool) -> None:
    place = {"_path": path, "_clock": clock, "_seed": seed, "_is_part": is_part}
    if module._clock is not None and any(getattr(module, k) != v for k, v in place.items()):
        # A trace holds the streams of random numbers, which follow path and seed, and the clock.
        structure_changed()
    for name, value in place.items():
        object.__setattr__(module, name, value)


def _forget_inputs(module: Module) -> None:
    if isinstance(module, Dynamics):
        module.clear_delta_inputs()


def _name_states(module: Module, path: str) -> None:
    for name, state in own_states(module):
        state.name = f"{path}.{name}" if path else f"{module.path}.{name}"
