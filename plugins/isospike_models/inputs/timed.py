"""TimedInput: what inputs that are a function of time have in common."""

from __future__ import annotations

from typing import Any

from isospike import math
from isospike.dynamics import Dynamics
from isospike.state import ShortTermState

__all__ = ["TimedInput"]


class TimedInput(Dynamics):
    """Base of inputs that are a function of the time since `init_all_states` or `reset_all_states`.

    The clock itself goes on at a reset, since random draws count in it; its reading at the reset is the State
    ``origin``.
    """

    def init_state(self, batch_size: int | None = None) -> None:
        """Let time begin here, whatever the clock shows."""
        shape = () if batch_size is None else (batch_size,)
        self.origin = ShortTermState(math.broadcast_to(self.clock.value, shape))

    def elapsed(self) -> Any:
        """Return the number of steps since the beginning, int32; the first step is 0."""
        origin = self.origin.value
        # Entries of a batch begin together; the axis is there for vmap, which sees one of them.
        return self.clock.value - (origin[0] if origin.ndim else origin)
