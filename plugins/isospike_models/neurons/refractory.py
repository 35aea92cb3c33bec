"""Refractory: an absolute refractory period, for any neuron with a reset."""

from __future__ import annotations

from typing import Any

from isospike import math
from isospike.dynamics import duration_steps
from isospike.parameter import parameter
from isospike.state import ShortTermState
from isospike_models.neurons.resetting import ResettingNeuron

__all__ = ["Refractory"]


class Refractory(ResettingNeuron):
    """Holds the potential of a `ResettingNeuron` after a spike; to be named before it among the bases of a class.

    For n = round(tau_ref / dt) steps after a spike the potential is held at its value after the reset, no matter how
    strong the input, and no spike is emitted; input that arrives meanwhile is lost. A cell that spikes in step k can
    spike again in step k + n + 1 at the earliest.

    The count is an integer State of its own: positive while refractory, zero when ready, and negative in the one step
    in which the cell spikes.
    """

    tau_ref: Any = parameter(5.0, "ms", "refractory period", nonnegative=True, plausible=(0.0, 1000.0), trainable=False)

    def init_state(self, batch_size: int | None = None) -> None:
        """Make the States of the neuron; every cell is ready."""
        super().init_state(batch_size)
        self.refractory = ShortTermState(math.zeros(self.V.value.shape, dtype="int32"))

    def advanced(self, V: Any, x: Any, *args: Any) -> Any:
        """Return the potential one step after V: V itself where the cell is refractory."""
        count = duration_steps(self.tau_ref, f"{type(self).__name__}.tau_ref")
        left = math.maximum(abs(self.refractory.value) - 1, 0)
        ready = left == 0
        V = math.where(ready, super().advanced(V, x, *args), V)
        fired = math.logical_and(ready, self.threshold() <= V)
        self.refractory.value = math.where(fired, -(count + 1), left)
        return V

    def spike(self) -> Any:
        """Return 1 for the cells that are at or above threshold and not refractory."""
        return super().spike() * (self.refractory.value <= 0)
