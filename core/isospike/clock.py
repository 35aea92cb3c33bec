"""The clock of a network: one integer State that counts its steps, whatever ``t`` the caller passes."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike.namespace import to_host
from isospike.state import ShortTermState

__all__ = ["Clock"]


class Clock(ShortTermState):
    """Number of steps since ``init_all_states``, int32; random draws and delays count in it.

    Every step of a loop, and every call outside one, advances it by one, so that ``t`` starting again at zero
    repeats no random numbers.
    """

    def __init__(self) -> None:
        super().__init__(np.int32(0), name="clock")

    def replace(self, value: Any) -> None:
        """Begin to count anew, in steps of any length."""
        super().replace(value)
        #: The dt of the steps so far, in ms, where `simulate` has run them.
        self.dt_ms: float | None = None

    def goes_on_with(self, dt_ms: float) -> bool:
        """Say whether steps of this length may follow those so far, which would otherwise be of another time."""
        held = self.dt_ms
        return held is None or abs(dt_ms - held) <= 1e-9 * held or not int(to_host(self.leaves[0]))

    def advance(self) -> None:
        """Count one step, at the end of it."""
        self.value = self.value + 1
