"""GIF: the generalised integrate-and-fire neuron of Mihalas and Niebur."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.parameter import choice, component, parameter
from isospike.state import HiddenState
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.resetting import ResettingNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["GIF"]


class GIF(ResettingNeuron):
    r"""Generalised integrate-and-fire neuron, after Mihalas and Niebur.

    .. math::

        \tau \frac{dV}{dt} = V_{rest} - V + R\,(I(t, V) + I_1 + I_2), \qquad \frac{dI_j}{dt} = -k_j I_j

        \frac{dV_{th}}{dt} = a\,(V - V_{rest}) - b\,(V_{th} - V_{th,\infty})

    A cell spikes in the step in which V reaches the threshold V_th, a State, or lies above it; at the beginning of
    the next step

    .. math:: V = V_{reset}, \qquad I_j \leftarrow R_j I_j + A_j, \qquad V_{th} \leftarrow \max(V_{th}, V_{th,reset})

    One step is: reset; integrate each variable with exponential Euler, the others counting as constant (a scheme of
    first order); add delta inputs to V; test the threshold.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th_inf - V_reset\|; ``ReluGrad()`` by default.
    R : Quantity, ohm
        Membrane resistance, 1 / G of the paper; 20 ohm by default.
    tau : Quantity, ms
        Membrane time constant, C / G of the paper; 20 ms by default.
    V_rest, V_reset : Quantity, mV
        Resting potential, the E_L of the paper, and reset potential; -70 mV by default.
    V_th_inf, V_th_reset : Quantity, mV
        Threshold at rest (-50 mV by default), and the least threshold after a spike (-60 mV).
    a, b : Quantity, 1/ms
        Rate at which the potential moves the threshold (0 by default), and at which it returns (0.01 / ms).
    k1, k2 : Quantity, 1/ms
        Rates of decay of the internal currents; 0.2 / ms and 0.02 / ms by default.
    R1, R2 : float
        What a spike leaves of the internal currents; 0 and 1 by default.
    A1, A2 : Quantity, mA
        What a spike adds to them; 0 mA by default.
    V_initializer : Initializer, mV
        Initial potential; ``Constant(-70 * u.mV)`` by default. The threshold starts at ``V_th_inf``, the internal
        currents at zero.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``V_th_inf`` or ``V_th_reset`` equals ``V_reset``: a spike would not end.

    Warns
    -----
    PlausibilityWarning
        The cell starts above a threshold, or its reset lies above one.

    Notes
    -----
    This is ``Gif`` of BrainPy. The paper gives currents per capacitance, in V/s: times tau / R, which is 1 ms/ohm here,
    1.5 V/s is 1.5 mA.

    References
    ----------
    Mihalas and Niebur (2009), Neural Comput. 21:704, equations 2.1 and 2.2; the defaults are tonic spiking in its table
    1, whose other rows differ in a, A1 and A2 only.
    """

    spk_fun: Any = component(ReluGrad, "spike function")
    R: Any = parameter(20.0, "ohm", "membrane resistance", positive=True)
    tau: Any = parameter(20.0, "ms", "membrane time constant", positive=True, plausible=(0.01, 5000.0))
    V_rest: Any = parameter(-70.0, "mV", "resting potential", plausible=(-500.0, 500.0))
    V_reset: Any = parameter(-70.0, "mV", "reset potential", plausible=(-500.0, 500.0))
    V_th_inf: Any = parameter(-50.0, "mV", "threshold at rest", plausible=(-500.0, 500.0))
    V_th_reset: Any = parameter(-60.0, "mV", "least threshold after a spike", plausible=(-500.0, 500.0))
    a: Any = parameter(0.0, "1/ms", "rate at which the potential moves the threshold", plausible=(-10.0, 10.0))
    b: Any = parameter(0.01, "1/ms", "rate of return of the threshold", plausible=(-10.0, 10.0))
    k1: Any = parameter(0.2, "1/ms", "rate of decay of the first current", nonnegative=True, plausible=(0.0, 100.0))
    k2: Any = parameter(0.02, "1/ms", "rate of decay of the second current", nonnegative=True, plausible=(0.0, 100.0))
    R1: Any = parameter(0.0, "", "what a spike leaves of the first current")
    R2: Any = parameter(1.0, "", "what a spike leaves of the second current")
    A1: Any = parameter(0.0, "mA", "what a spike adds to the first current")
    A2: Any = parameter(0.0, "mA", "what a spike adds to the second current")
    V_initializer: Any = component(
        lambda: Constant(units.quantity(-70.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def check_parameters(self) -> None:
        """Check both thresholds against the reset and the initial potential."""
        self.check_threshold("V_th_inf")
        self.check_threshold("V_th_reset")

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser, the threshold to that at rest, and the internal currents to zero."""
        super().init_state(batch_size)
        zero = math.zeros(self.V.value.shape)
        self.V_th = HiddenState(self.V_th_inf + units.quantity(zero, units.parse_unit("mV")))
        self.I1, self.I2 = (HiddenState(units.quantity(zero, units.parse_unit("mA"))) for _ in range(2))

    def dV(self, V: Any, x: Any, internal: Any) -> Any:
        """Return dV/dt under the input current x, the currents of all projections, and the internal ones."""
        return (self.V_rest - V + self.R * (self.input_current(x, V) + internal)) / self.tau

    def dV_th(self, V_th: Any, V: Any) -> Any:
        """Return the derivative of the threshold."""
        return self.a * (V - self.V_rest) - self.b * (V_th - self.V_th_inf)

    def dI(self, current: Any, rate: Any) -> Any:
        """Return the derivative of an internal current."""
        return -rate * current

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        spikes = self.spike()
        V, V_th = self.reset(self.V.value, spikes), self.V_th.value
        V_th = V_th + spikes * (math.maximum(V_th, self.V_th_reset) - V_th)
        I1, I2 = (
            current + spikes * ((left - 1.0) * current + added)
            for current, left, added in ((self.I1.value, self.R1, self.A1), (self.I2.value, self.R2, self.A2))
        )
        self.V_th.value = self.integrate(self.dV_th, V_th, V)  # first: it is what V is compared with after this step
        self.V.value = self.advanced(V, x, I1 + I2)
        self.I1.value, self.I2.value = self.integrate(self.dI, I1, self.k1), self.integrate(self.dI, I2, self.k2)
        return self.spike()

    def threshold(self) -> Any:
        """Return the present threshold."""
        return self.V_th.value

    def scale(self) -> Any:
        """Return the distance from the threshold at which the argument of the spike function is 1."""
        return abs(self.V_th_inf - self.V_reset)
