"""The states that a network starts from, for each batch."""

from __future__ import annotations

from typing import Any

from isospike.clock import Clock
from isospike.initialise import reset_all_states
from isospike.module import Module
from isospike.owned import own_states
from isospike.state import ShortTermState, State, StateSpec

__all__ = ["Start", "all_states"]

Held = list[tuple[State, StateSpec, list[Any]]]


class Start:
    """Puts the short-term States of a network back to their initial values, made once for each size of a batch.

    The clock goes on, so that noise is not repeated from batch to batch.
    """

    def __init__(self, network: Module) -> None:
        self._network = network
        self._made: dict[int | None, Held] = {}

    def __call__(self, batch_size: int | None) -> None:
        """Begin a batch; with ``None`` with the size that the network was initialised with."""
        if batch_size not in self._made:
            reset_all_states(self._network, batch_size)
            short = (s for s in all_states(self._network) if isinstance(s, ShortTermState))
            self._made[batch_size] = [(s, s.spec, list(s.leaves)) for s in short if not isinstance(s, Clock)]
        for state, spec, leaves in self._made[batch_size]:
            state.store(spec, list(leaves))


def all_states(module: Module) -> list[State]:
    """Return every State below a module, those in private attributes and the clock too."""
    return [state for child in module.modules().values() for _, state in own_states(child)]
