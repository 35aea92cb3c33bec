"""Adapting: what integrate-and-fire neurons with an adaptation current have in common."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.state import HiddenState
from isospike_models.neurons.resetting import ResettingNeuron

__all__ = ["Adapting"]


class Adapting(ResettingNeuron):
    r"""Adds a current w to a `ResettingNeuron`; to be named before it among the bases of a class.

    .. math:: \tau_w \frac{dw}{dt} = a\,(V - V_{rest}) - w

    The class declares ``tau_w`` and ``a`` with their defaults, and says in ``update`` what a spike adds to w.
    """

    V_rest: Any
    tau_w: Any
    a: Any

    def init_state(self, batch_size: int | None = None) -> None:
        """Make the States of the neuron, and set w to zero."""
        super().init_state(batch_size)
        self.w = HiddenState(units.quantity(math.zeros(self.V.value.shape), units.parse_unit("mA")))

    def dw(self, w: Any, V: Any) -> Any:
        """Return dw/dt."""
        return (self.a * (V - self.V_rest) - w) / self.tau_w
