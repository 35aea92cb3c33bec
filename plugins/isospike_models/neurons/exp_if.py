"""ExpIF: the exponential integrate-and-fire neuron."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.parameter import choice, component, parameter
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.exponential import ExponentialNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["ExpIF"]


class ExpIF(ExponentialNeuron):
    r"""Exponential integrate-and-fire neuron.

    .. math:: \tau \frac{dV}{dt} = V_{rest} - V + \Delta_T\, e^{(V - V_T) / \Delta_T} + R\,I(t, V)

    A cell spikes in the step in which V reaches ``V_th`` or lies above it; at the beginning of the next step
    ``V = V_reset``. The reset is always hard: in the upstroke the overshoot says nothing.

    One step is: reset, integrate, add delta inputs, test the threshold. With exponential Euler the upstroke counts as
    constant over a step of V: the scheme is of first order and cannot overflow.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - V_reset\|; ``ReluGrad()`` by default.
    R : Quantity, ohm
        Membrane resistance; 1 ohm by default.
    tau : Quantity, ms
        Membrane time constant; 10 ms by default.
    V_th, V_reset, V_rest : Quantity, mV
        Peak at which a spike ends (-30 mV by default), reset (-68 mV) and resting potential (-65 mV).
    V_T : Quantity, mV
        Threshold of the upstroke; -59.9 mV by default.
    delta_T : Quantity, mV
        Sharpness of the upstroke; 3.48 mV by default.
    V_initializer : Initializer, mV
        Initial potential; ``Constant(-65 * u.mV)`` by default.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``V_th`` equals ``V_reset``, or lies more than 80 ``delta_T`` above ``V_T``: the upstroke would overflow.

    Warns
    -----
    PlausibilityWarning
        The cell starts above threshold, or its reset lies above it.

    Notes
    -----
    BrainPy starts V at 0 mV by default, above the threshold, and cuts the exponent at 20.

    References
    ----------
    Fourcaud-Trocme, Hansel, van Vreeswijk and Brunel (2003), J. Neurosci. 23:11628, whose fit to
    the neuron of Wang and Buzsaki gives the defaults.
    """

    spk_fun: Any = component(ReluGrad, "spike function")
    R: Any = parameter(1.0, "ohm", "membrane resistance", positive=True)
    tau: Any = parameter(10.0, "ms", "membrane time constant", positive=True, plausible=(0.01, 5000.0))
    V_th: Any = parameter(-30.0, "mV", "peak at which a spike ends", plausible=(-500.0, 500.0))
    V_rest: Any = parameter(-65.0, "mV", "resting potential", plausible=(-500.0, 500.0))
    V_reset: Any = parameter(-68.0, "mV", "reset potential", plausible=(-500.0, 500.0))
    V_T: Any = parameter(-59.9, "mV", "threshold of the upstroke", plausible=(-500.0, 500.0))
    delta_T: Any = parameter(3.48, "mV", "sharpness of the upstroke", positive=True, plausible=(0.01, 100.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(-65.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def dV(self, V: Any, x: Any, upstroke: Any) -> Any:
        """Return dV/dt under the input current x and the currents of all projections."""
        return (self.V_rest - V + upstroke + self.R * self.input_current(x, V)) / self.tau

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        V = self.reset(self.V.value, self.spike())
        self.V.value = self.advanced(V, x, self.upstroke(V))
        return self.spike()
