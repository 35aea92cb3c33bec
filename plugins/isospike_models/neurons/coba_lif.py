"""CobaLIF: the leaky integrate-and-fire neuron with a synaptic conductance built in."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.parameter import choice, component, parameter
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.synaptic import SynapticLIF
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["CobaLIF"]


class CobaLIF(SynapticLIF):
    r"""Conductance-based leaky integrate-and-fire neuron: one synaptic conductance pulls V towards ``E``.

    .. math::

        \tau_{syn} \frac{dg}{dt} = -g, \qquad \tau \frac{dV}{dt} = V_{rest} - V + R\,(g\,(E - V) + I(t, V))

    Delta inputs, such as the spikes that a `DeltaProj` delivers, are conductances that make g jump; the input ``x``
    and the currents of other projections go to the membrane. A cell spikes in the step in which V reaches ``V_th``
    from below or lies above it; the reset is applied at the beginning of the next step: ``V -= V_th - V_reset`` (soft,
    keeps the overshoot) or ``V = V_reset`` (hard).

    One step is: let g decay and add the delta inputs to it; reset V; integrate V with exponential Euler, in which that
    g counts as constant and shortens the membrane time constant; test the threshold. It is `LIF` with an `Expon`
    synapse and the output `COBA`, bit for bit.

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
        Time constants of the membrane and of the synaptic conductance; 5 ms by default.
    E : Quantity, mV
        Reversal potential; 0 mV by default.
    V_th, V_reset, V_rest : Quantity, mV
        Threshold (-50 mV by default), reset and resting potential (-65 mV by default).
    V_initializer : Initializer, mV
        Initial potential; ``Constant(-65 * u.mV)`` by default.
    g_initializer : Initializer, siemens
        Initial conductance; ``Constant(0 * u.siemens)`` by default.
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
    The name is used for several models. As in BrainPy this one has a single conductance; IF_cond_exp of PyNN has an
    excitatory and an inhibitory one: give `LIF` two projections with `COBA` for that. BrainPy has ``V_rest``,
    ``V_reset`` and V at 0 mV by default, which is ``E``: the conductance would do nothing.

    References
    ----------
    Brette et al. (2007), J. Comput. Neurosci. 23:349, appendix 2, benchmark 1; Davison et al. (2009), Front.
    Neuroinform. 2:11.
    """

    delta_unit = "siemens"

    spk_reset: str = choice("soft", ("soft", "hard"), "kind of reset")
    spk_fun: Any = component(ReluGrad, "spike function")
    R: Any = parameter(1.0, "ohm", "membrane resistance", positive=True)
    tau: Any = parameter(5.0, "ms", "membrane time constant", positive=True, plausible=(0.01, 5000.0))
    tau_syn: Any = parameter(5.0, "ms", "synaptic time constant", positive=True, plausible=(0.01, 5000.0))
    E: Any = parameter(0.0, "mV", "reversal potential", plausible=(-500.0, 500.0))
    V_th: Any = parameter(-50.0, "mV", "threshold", plausible=(-500.0, 500.0))
    V_rest: Any = parameter(-65.0, "mV", "resting potential", plausible=(-500.0, 500.0))
    V_reset: Any = parameter(-65.0, "mV", "reset potential", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(-65.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    g_initializer: Any = component(
        lambda: Constant(units.quantity(0.0, units.parse_unit("siemens"))), "initial conductance", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def dV(self, V: Any, x: Any, g: Any) -> Any:
        """Return dV/dt under the input current x, the currents of all projections, and g."""
        return (self.V_rest - V + self.R * (self.input_current(x, V) + g * (self.E - V))) / self.tau
