"""Spiking: what neurons of NIR with a threshold have in common."""

from __future__ import annotations

from typing import Any

from isospike import math
from isospike.parameter import component, parameter
from isospike.state import HiddenState
from isospike_models.surrogates.relu_grad import ReluGrad
from isospike_nir.cells.membrane import Membrane

__all__ = ["Spiking"]


class Spiking(Membrane):
    """Base of the neurons of NIR with a threshold, a second base beside the neuron without one.

    Parameters
    ----------
    spk_fun : Surrogate
        Spike function of (V - v_threshold) / mV; ``ReluGrad()`` by default.
    v_threshold, v_reset : Quantity, mV
        Threshold (1 mV by default) and reset potential (0 mV by default); the profile says what a spike does.
    """

    spk_fun: Any = component(ReluGrad, "spike function")
    v_threshold: Any = parameter(1.0, "mV", "threshold")
    v_reset: Any = parameter(0.0, "mV", "reset potential")

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V to rest; nothing has spiked."""
        super().init_state(batch_size)
        self.spikes = HiddenState(math.zeros(self.V.spec.avals[0].shape))

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        before = self.V.value
        V = self.sum_delta_inputs(self.advanced(before, self.input_current(x, before)))
        self.V.value, self.spikes.value = self.profile.fire(self, before, V)
        return self.spikes.value

    def spike(self) -> Any:
        """Return the spikes of the last step."""
        return self.spikes.value
