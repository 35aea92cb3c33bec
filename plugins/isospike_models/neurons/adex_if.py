"""AdExIF: the adaptive exponential integrate-and-fire neuron."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.parameter import choice, component, parameter
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.adapting import Adapting
from isospike_models.neurons.exponential import ExponentialNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["AdExIF"]


class AdExIF(Adapting, ExponentialNeuron):
    r"""Adaptive exponential integrate-and-fire neuron.

    .. math::

        \tau \frac{dV}{dt} = V_{rest} - V + \Delta_T\, e^{(V - V_T) / \Delta_T} + R\,(I(t, V) - w), \qquad
        \tau_w \frac{dw}{dt} = a\,(V - V_{rest}) - w

    A cell spikes in the step in which V reaches ``V_th`` or lies above it; at the beginning of the next step
    ``V = V_reset`` and ``w += b``. The reset is always hard: in the upstroke the overshoot says nothing.

    One step is: reset, integrate, add delta inputs to V, test the threshold. With exponential Euler the upstroke
    and w count as constant over a step of V, and V over a step of w: the scheme is of first order and cannot overflow.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - V_reset\|; ``ReluGrad()`` by default.
    R : Quantity, ohm
        Membrane resistance, 1 / g_L of the paper; 1 ohm by default.
    tau : Quantity, ms
        Membrane time constant, C / g_L of the paper; 10 ms by default.
    tau_w : Quantity, ms
        Time constant of the adaptation; 30 ms by default.
    V_th, V_reset, V_rest : Quantity, mV
        Peak at which a spike ends (-55 mV by default), reset (-68 mV) and resting potential (-65 mV), the E_L of the
        paper.
    V_T : Quantity, mV
        Threshold of the upstroke; -59.9 mV by default.
    delta_T : Quantity, mV
        Sharpness of the upstroke; 3.48 mV by default.
    a : Quantity, siemens
        Adaptation below threshold; 1 siemens by default.
    b : Quantity, mA
        Step of w after a spike; 1 mA by default.
    V_initializer : Initializer, mV
        Initial potential; ``Constant(-65 * u.mV)`` by default. w starts at zero.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``V_th`` equals ``V_reset``, or lies more than 80 ``delta_T`` above ``V_T``: the upstroke would overflow.

    Warns
    -----
    PlausibilityWarning
        The cell starts above threshold, its reset lies above it, or ``a`` or ``b`` is out of proportion to ``R``.

    References
    ----------
    Brette and Gerstner (2005), J. Neurophysiol. 94:3637, equations 2 to 4. Its cell is R = 1 / (30 nS),
    tau = 281 pF / 30 nS, V_rest = V_reset = -70.6 mV, V_T = -50.4 mV, delta_T = 2 mV, V_th = 20 mV, tau_w = 144 ms,
    a = 4 nS, b = 80.5 pA.
    """

    spk_fun: Any = component(ReluGrad, "spike function")
    R: Any = parameter(1.0, "ohm", "membrane resistance", positive=True)
    tau: Any = parameter(10.0, "ms", "membrane time constant", positive=True, plausible=(0.01, 5000.0))
    tau_w: Any = parameter(30.0, "ms", "time constant of the adaptation", positive=True, plausible=(0.01, 1e5))
    V_th: Any = parameter(-55.0, "mV", "peak at which a spike ends", plausible=(-500.0, 500.0))
    V_rest: Any = parameter(-65.0, "mV", "resting potential", plausible=(-500.0, 500.0))
    V_reset: Any = parameter(-68.0, "mV", "reset potential", plausible=(-500.0, 500.0))
    V_T: Any = parameter(-59.9, "mV", "threshold of the upstroke", plausible=(-500.0, 500.0))
    delta_T: Any = parameter(3.48, "mV", "sharpness of the upstroke", positive=True, plausible=(0.01, 100.0))
    a: Any = parameter(1.0, "siemens", "adaptation below threshold")
    b: Any = parameter(1.0, "mA", "step of w after a spike")
    V_initializer: Any = component(
        lambda: Constant(units.quantity(-65.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def dV(self, V: Any, x: Any, upstroke: Any, w: Any) -> Any:
        """Return dV/dt under the input current x and the currents of all projections."""
        return (self.V_rest - V + upstroke + self.R * (self.input_current(x, V) - w)) / self.tau

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        spikes = self.spike()
        V, w = self.reset(self.V.value, spikes), self.w.value + self.b * spikes
        self.V.value, self.w.value = self.advanced(V, x, self.upstroke(V), w), self.integrate(self.dw, w, V)
        return self.spike()
