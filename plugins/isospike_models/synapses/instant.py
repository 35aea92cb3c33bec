"""Instant: a synapse without dynamics of its own."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.state import HiddenState
from isospike.synapse import Synapse

__all__ = ["Instant"]


class Instant(Synapse):
    r"""Synapse that holds what arrives during the step in which it arrives, and nothing beyond.

    .. math:: g = \sum_i w_i\,x_i

    `CurrentProj` and `AlignPreProj`, whose input x is a synaptic variable that has its dynamics elsewhere, deliver
    through it. Driven by spikes, it is a pulse of one step, whose charge depends on dt: for a jump of the potential
    use `DeltaProj`.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of postsynaptic cells.
    """

    def init_state(self, batch_size: int | None = None) -> None:
        """Start with nothing."""
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        self.g = HiddenState(units.quantity(math.zeros(shape), self.unit))

    def update(self, x: Any = None) -> Any:
        """Take what has arrived (and ``x``), forget what was before, and return it."""
        g = self.sum_delta_inputs(math.zeros_like(self.g.value))
        self.g.value = g if x is None else g + x
        return self.g.value

    def conductance(self) -> Any:
        """Return g."""
        return self.g.value
