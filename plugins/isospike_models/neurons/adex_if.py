"""AdExIF: the adaptive exponential integrate-and-fire neuron."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.errors import ParameterError
from isospike.namespace import to_host
from isospike.neuron import Neuron
from isospike.parameter import choice, component, parameter
from isospike.state import HiddenState
from isospike.warn import warn
from isospike_models.initialisers.constant import Constant
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["AdExIF"]

# exp of more is not far from the largest float32, and the reset multiplies it by zero.
_STEEPEST = 80.0


class AdExIF(Neuron):
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
        The cell starts above threshold, or its reset lies above it.

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

    def check_parameters(self) -> None:
        """Refuse a reset without effect and an upstroke that overflows; warn of cells above threshold."""
        threshold, reset, soft, width = (
            to_host(units.split(v)[0]) for v in (self.V_th, self.V_reset, self.V_T, self.delta_T)
        )
        name = f"{type(self).__name__}(V_th={self.V_th}"
        if (threshold == reset).any():
            msg = f"{name}, V_reset={self.V_reset}): they are equal, so a reset would change nothing. Lower V_reset"
            raise ParameterError(msg)
        if (threshold - soft > _STEEPEST * width).any():
            msg = (
                f"{name}, V_T={self.V_T}, delta_T={self.delta_T}): V_th lies more than {_STEEPEST:g} delta_T above "
                "V_T, where the upstroke overflows. Choose a lower V_th, which changes the spike times hardly at all"
            )
            raise ParameterError(msg)
        self._warn_above(threshold, reset, name)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser, and w to zero."""
        V = self.initial("V", "mV", batch_size, plausible=(-500.0, 500.0))
        self.V = HiddenState(V)
        self.w = HiddenState(units.quantity(math.zeros(V.shape), units.parse_unit("mA")))

    def dV(self, V: Any, x: Any, w: Any, upstroke: Any) -> Any:
        """Return dV/dt under the input current x and the currents of all projections."""
        return (self.V_rest - V + upstroke + self.R * (self.input_current(x, V) - w)) / self.tau

    def dw(self, w: Any, V: Any) -> Any:
        """Return dw/dt."""
        return (self.a * (V - self.V_rest) - w) / self.tau_w

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        V, w = self.reset(self.V.value, self.w.value, self.spike())
        self.V.value, self.w.value = self.advanced(V, x, w), self.integrate(self.dw, w, V)
        return self.spike()

    def advanced(self, V: Any, x: Any, w: Any) -> Any:
        """Return the potential one step after V."""
        upstroke = self.delta_T * math.exp((V - self.V_T) / self.delta_T)
        return self.sum_delta_inputs(self.integrate(self.dV, V, x, w, upstroke))

    def spike(self) -> Any:
        """Return 1 for the cells at or above threshold."""
        return self.spk_fun((self.V.value - self.V_th) / abs(self.V_th - self.V_reset))

    def reset(self, V: Any, w: Any, spikes: Any) -> tuple[Any, Any]:
        """Return potential and adaptation after the reset of the cells that spiked."""
        return V * (1.0 - spikes) + self.V_reset * spikes, w + self.b * spikes

    def _warn_above(self, threshold: Any, reset: Any, name: str) -> None:
        above = [f"V_reset = {self.V_reset}"] if (reset > threshold).any() else []
        self.check_initializer("V", "mV")
        if isinstance(self.V_initializer, Constant):
            start = units.convert(self.V_initializer.value, units.parse_unit("mV"), what="V_initializer")
            if (to_host(start) >= threshold).any():
                above.append(f"the initial potential {self.V_initializer.value}")
        if above:
            verb = "lies" if len(above) == 1 else "lie"
            warn(
                f"{name}): {' and '.join(above)} {verb} above the threshold, so the cell starts or stays above it and "
                "spikes at once. Pass V_reset, V_rest and V_initializer below V_th, such as V_reset=-68 * u.mV"
            )
