"""SynapticLIF: what LIF neurons with a synapse built in have in common."""

from __future__ import annotations

from typing import Any

from isospike.state import HiddenState
from isospike_models.neurons.resetting import ResettingNeuron

__all__ = ["SynapticLIF"]


class SynapticLIF(ResettingNeuron):
    """Base of leaky integrate-and-fire neurons with one synaptic variable g, which delta inputs make jump.

    One step is: let g decay and add the delta inputs to it; reset; integrate V with that g, which counts as constant
    over the step; test the threshold. Synapses of projections are updated in the same order, so that the neuron is
    `LIF` with one `Expon` synapse, bit for bit.
    """

    tau_syn: Any
    g_initializer: Any

    def check_parameters(self) -> None:
        """Check the initial values and the threshold."""
        super().check_parameters()
        self.check_initializer("g", self.delta_unit)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V and g from their initialisers."""
        super().init_state(batch_size)
        self.g = HiddenState(self.initial("g", self.delta_unit, batch_size))

    def dg(self, g: Any) -> Any:
        """Return dg/dt."""
        return -g / self.tau_syn

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        V = self.reset(self.V.value, self.spike())
        self.g.value = self.sum_delta_inputs(self.integrate(self.dg, self.g.value))
        self.V.value = self.integrate(self.dV, V, x, self.g.value)
        return self.spike()
