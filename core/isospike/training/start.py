"""The states that a network starts from, for each batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isospike.initialise import reset_all_states
from isospike.module import Module
from isospike.owned import own_states
from isospike.state import State
from isospike.training.measure import examples

__all__ = ["all_states", "from_start", "put_back"]


def from_start(network: Module, loss: Callable[..., Any]) -> Callable[..., Any]:
    """Return a loss that begins with the initial short-term States, made for the number of examples in its batch.

    They are made inside the compiled step, from the weights as they are then, so that one that is learnt learns. The
    clock goes on, so that noise is not repeated from batch to batch.
    """

    def started(*batch: Any) -> Any:
        reset_all_states(network, examples(batch))
        return loss(*batch)

    return started


def all_states(module: Module) -> list[State]:
    """Return every State below a module, those in private attributes and the clock too."""
    return [state for child in module.modules().values() for _, state in own_states(child)]


def put_back(*modules: Module) -> Callable[[], None]:
    """Return a function that puts all States of modules back to what they are now."""
    held = [(state, state.held()) for module in modules for state in all_states(module)]

    def put() -> None:
        for state, before in held:
            state.hold(*before)

    return put
