"""ALIF: the leaky integrate-and-fire neuron with an adaptive threshold."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.parameter import choice, component, parameter
from isospike.state import HiddenState
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.resetting import ResettingNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["ALIF"]


class ALIF(ResettingNeuron):
    r"""Leaky integrate-and-fire neuron whose threshold rises with each spike.

    .. math::

        \tau \frac{dV}{dt} = V_{rest} - V + R\,I(t, V), \qquad \tau_a \frac{da}{dt} = -a

    A cell spikes in the step in which V reaches ``V_th + beta a`` from below or lies above it; at the beginning of the
    next step ``a += 1``, and ``V -= V_th - V_reset`` (soft, keeps the overshoot) or ``V = V_reset`` (hard). The reset
    is that of `LIF`: it does not grow with the threshold.

    One step is: reset, integrate V and a with exponential Euler (exact for a constant current), add delta inputs to V,
    test the threshold.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_reset : {"soft", "hard"}
        Kind of reset; ``"soft"`` by default.
    spk_fun : Surrogate
        Spike function of (V - V_th - beta a) / \|V_th - V_reset\|; ``ReluGrad()`` by default.
    R : Quantity, ohm
        Membrane resistance; 1 ohm by default.
    tau, tau_a : Quantity, ms
        Time constants of the membrane (5 ms by default) and of the adaptation (100 ms).
    beta : Quantity, mV
        Rise of the threshold by a spike; 0.1 mV by default.
    V_th, V_reset, V_rest : Quantity, mV
        Threshold of a cell that has not spiked (1 mV by default), reset and resting potential (0 mV by default).
    V_initializer : Initializer, mV
        Initial potential; ``Constant(0 * u.mV)`` by default. a starts at zero.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``V_th`` equals ``V_reset``: a reset would change nothing.

    Warns
    -----
    PlausibilityWarning
        The cell starts above threshold, or its reset lies above it.

    Notes
    -----
    In the paper a spike reaches a one step later, undiminished: its ``beta`` is this one times exp(-dt / tau_a).

    References
    ----------
    Bellec et al. (2020), Nat. Commun. 11:3625. The defaults are those of BrainPy.
    """

    spk_reset: str = choice("soft", ("soft", "hard"), "kind of reset")
    spk_fun: Any = component(ReluGrad, "spike function")
    R: Any = parameter(1.0, "ohm", "membrane resistance", positive=True)
    tau: Any = parameter(5.0, "ms", "membrane time constant", positive=True, plausible=(0.01, 5000.0))
    tau_a: Any = parameter(100.0, "ms", "time constant of the adaptation", positive=True, plausible=(0.01, 1e5))
    beta: Any = parameter(0.1, "mV", "rise of the threshold by a spike", plausible=(-500.0, 500.0))
    V_th: Any = parameter(1.0, "mV", "threshold without adaptation", plausible=(-500.0, 500.0))
    V_rest: Any = parameter(0.0, "mV", "resting potential", plausible=(-500.0, 500.0))
    V_reset: Any = parameter(0.0, "mV", "reset potential", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(0.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser, and a to zero."""
        super().init_state(batch_size)
        self.a = HiddenState(math.zeros(self.V.value.shape))

    def dV(self, V: Any, x: Any, *args: Any) -> Any:
        """Return dV/dt under the input current x and the currents of all projections."""
        return (self.V_rest - V + self.R * self.input_current(x, V)) / self.tau

    def da(self, a: Any) -> Any:
        """Return da/dt."""
        return -a / self.tau_a

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        spikes = self.spike()
        V, a = self.reset(self.V.value, spikes), self.a.value + spikes
        self.V.value, self.a.value = self.advanced(V, x), self.integrate(self.da, a)
        return self.spike()

    def threshold(self) -> Any:
        """Return the threshold with its adaptation."""
        return self.V_th + self.beta * self.a.value
