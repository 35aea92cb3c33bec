"""The clock of a network: one integer State that counts its steps, whatever ``t`` the caller passes."""

from __future__ import annotations

import numpy as np

from isospike.state import ShortTermState

__all__ = ["Clock"]


class Clock(ShortTermState):
    """Number of steps since ``init_all_states``, int32; random draws and delays count in it.

    Every step of a loop, and every call outside one, advances it by one, so that ``t`` starting again at zero
    repeats no random numbers.
    """

    def __init__(self) -> None:
        super().__init__(np.int32(0), name="clock")

    def advance(self) -> None:
        """Count one step, at the end of it."""
        self.value = self.value + 1
