"""CubaLIF: the leaky integrate-and-fire neuron with a synaptic current built in."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.parameter import choice, component, parameter
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.synaptic import SynapticLIF
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["CubaLIF"]


class CubaLIF(SynapticLIF):
    r"""Current-based leaky integrate-and-fire neuron: a synaptic current feeds the membrane.

    .. math::

        \tau_{syn} \frac{dg}{dt} = -g, \qquad \tau \frac{dV}{dt} = V_{rest} - V + R\,(g + I(t, V))

    Delta inputs, such as the spikes that a `DeltaProj` delivers, are currents that make g jump; the input ``x`` and
    the currents of other projections go to the membrane. A cell spikes in the step in which V reaches ``V_th`` from
    below or lies above it; the reset is applied at the beginning of the next step: ``V -= V_th - V_reset`` (soft,
    keeps the overshoot) or ``V = V_reset`` (hard).

    One step is: let g decay and add the delta inputs to it; reset V; integrate V with exponential Euler, in which that
    g counts as constant; test the threshold. It is `LIF` with an `Expon` synapse and the output `CUBA`, bit for bit.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_reset : {"soft", "hard"}
        Kind of reset; ``"soft"`` by default.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - V_reset\|; ``ReluGrad()`` by default.
    R : Quantity, ohm
        Membrane resistance; 1 ohm by default.
    tau, tau_syn : Quantity, ms
        Time constants of the membrane and of the synaptic current; 5 ms by default.
    V_th, V_reset, V_rest : Quantity, mV
        Threshold (1 mV by default), reset and resting potential (0 mV by default).
    V_initializer : Initializer, mV
        Initial potential; ``Constant(0 * u.mV)`` by default.
    g_initializer : Initializer, mA
        Initial synaptic current; ``Constant(0 * u.mA)`` by default.
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
    The Synaptic neuron of snnTorch is this one with alpha = exp(-dt / tau_syn), beta = exp(-dt / tau), a soft reset,
    and a membrane that takes g whole in each step, R (1 - beta) = 1. In NIR a spike of weight w_in is a pulse of unit
    area into tau_syn dI/dt: give the weight w_in / tau_syn.

    References
    ----------
    Pedersen et al. (2024), Nat. Commun. 15:8122, node CubaLIF; Eshraghian et al. (2023), Proc. IEEE 111:1016. The
    defaults are those of BrainPy.
    """

    delta_unit = "mA"

    spk_reset: str = choice("soft", ("soft", "hard"), "kind of reset")
    spk_fun: Any = component(ReluGrad, "spike function")
    R: Any = parameter(1.0, "ohm", "membrane resistance", positive=True)
    tau: Any = parameter(5.0, "ms", "membrane time constant", positive=True, plausible=(0.01, 5000.0))
    tau_syn: Any = parameter(5.0, "ms", "synaptic time constant", positive=True, plausible=(0.01, 5000.0))
    V_th: Any = parameter(1.0, "mV", "threshold", plausible=(-500.0, 500.0))
    V_rest: Any = parameter(0.0, "mV", "resting potential", plausible=(-500.0, 500.0))
    V_reset: Any = parameter(0.0, "mV", "reset potential", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(0.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    g_initializer: Any = component(
        lambda: Constant(units.quantity(0.0, units.parse_unit("mA"))), "initial synaptic current", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def dV(self, V: Any, x: Any, g: Any) -> Any:
        """Return dV/dt under the input current x, the currents of all projections, and g."""
        return (self.V_rest - V + self.R * (self.input_current(x, V) + g)) / self.tau
