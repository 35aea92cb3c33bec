"""TemplateNeuron: a leaky neuron that is reset to rest."""

from __future__ import annotations

from typing import Any

import isospike as iso
from isospike import units as u
from isospike.parameter import component, parameter

__all__ = ["TemplateNeuron"]


class TemplateNeuron(iso.Neuron):
    r"""Leaky integrate-and-fire neuron that is reset to its resting potential.

    .. math:: \tau \frac{dV}{dt} = V_{rest} - V + R\,I(t, V)

    A cell spikes in the step in which V reaches ``V_th``, and is at ``V_rest`` at the beginning of the next. One step
    is: reset, integrate by exponential Euler, add delta inputs, test the threshold.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    tau : Quantity, ms
        Membrane time constant; 10 ms by default.
    R : Quantity, Mohm
        Membrane resistance; 100 Mohm by default.
    V_rest : Quantity, mV
        Resting potential; -65 mV by default.
    V_th : Quantity, mV
        Threshold; -50 mV by default.
    spk_fun : Surrogate
        Spike function of (V - V_th) / (V_th - V_rest); ``ReluGrad()`` by default.

    References
    ----------
    Gerstner, Kistler, Naud and Paninski (2014), Neuronal Dynamics, section 1.3.
    """

    #: Unit of the input current.
    input_unit = "nA"

    tau: Any = parameter(10.0, "ms", "membrane time constant", positive=True, plausible=(0.1, 1000.0))
    R: Any = parameter(100.0, "Mohm", "membrane resistance", positive=True)
    V_rest: Any = parameter(-65.0, "mV", "resting potential", plausible=(-200.0, 200.0))
    V_th: Any = parameter(-50.0, "mV", "threshold", plausible=(-200.0, 200.0))
    spk_fun: Any = component(iso.surrogates.ReluGrad, "spike function")

    def init_state(self, batch_size: int | None = None) -> None:
        """Put V to its resting value."""
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        self.V = iso.HiddenState(self.V_rest + iso.math.zeros(shape) * u.mV)

    def dV(self, V: Any, x: Any) -> Any:
        """Return dV/dt under the input ``x`` and the currents of all projections."""
        return (self.V_rest - V + self.R * self.input_current(x, V)) / self.tau

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the input current ``x`` (nA, zero by default) and return the spikes."""
        spikes = self.spike()
        V = self.V.value * (1.0 - spikes) + self.V_rest * spikes
        self.V.value = self.sum_delta_inputs(iso.exp_euler(self.dV, V, x))
        return self.spike()

    def spike(self) -> Any:
        """Return 1 for the cells at or above threshold."""
        return self.spk_fun((self.V.value - self.V_th) / (self.V_th - self.V_rest))
