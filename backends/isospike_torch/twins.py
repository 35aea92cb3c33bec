"""Models of layers that start from the same weights, as no two layers of torch do."""

from __future__ import annotations

from weakref import WeakSet

import numpy as np

from isospike.module import Module
from isospike.namespace import to_host
from isospike.state import ParamState, State
from isospike.warn import warn

__all__ = ["warn_of_twin"]

# Those that were initialised as layers and are still in use.
_models: WeakSet[Module] = WeakSet()


def warn_of_twin(model: Module) -> None:
    """Give a warning where the model of another layer has drawn the same weights."""
    twins = [m for m in _models if (m.path, m._seed) == (model.path, model._seed)]
    _models.add(model)
    shared = next((name for twin in twins for name in _drawn_alike(model, twin)), None)
    if shared is not None:
        warn(
            f"as_nn_module({type(model).__name__}(...)): {shared!r} starts from the same numbers as that of another "
            f"layer, as both have the name {model.path!r}. If they belong to one network, write "
            "as_nn_module(..., name='second')"
        )


def _drawn_alike(model: Module, twin: Module) -> list[str]:
    others = twin.states(ParamState)
    return [k for k, state in model.states(ParamState).items() if k in others and _are_draws(state, others[k])]


def _are_draws(state: State, other: State) -> bool:
    """Say whether two States hold the same numbers, and not one number, which is a choice."""
    x, y = (to_host(s.leaves[0]) for s in (state, other))
    return x.size > 1 and bool((x != x.flat[0]).any()) and np.array_equal(x, y)
