"""HH: the squid giant axon of Hodgkin and Huxley."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.parameter import choice, component, parameter
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.gated import GatedNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["HH"]


class HH(GatedNeuron):
    r"""Hodgkin-Huxley neuron: the squid giant axon, with V as it is measured today (rest at -65 mV, spikes upwards).

    .. math::

        C \frac{dV}{dt} = g_L (E_L - V) + g_{Na} m^3 h (E_{Na} - V) + g_K n^4 (E_K - V) + I(t, V)

        \frac{dx}{dt} = \alpha_x(V) (1 - x) - \beta_x(V)\, x, \qquad x \in \{m, h, n\}

    With v = V / mV and :math:`\varphi(z) = (e^z - 1) / z`, which is 1 at z = 0, the rates are, per ms,

    .. math::

        \alpha_m = 1 / \varphi\!\left(-\tfrac{v + 40}{10}\right), \quad
        \beta_m = 4\, e^{-(v + 65) / 18}, \quad
        \alpha_h = 0.07\, e^{-(v + 65) / 20}, \quad
        \beta_h = \frac{1}{1 + e^{-(v + 35) / 10}}, \quad
        \alpha_n = 0.1 / \varphi\!\left(-\tfrac{v + 55}{10}\right), \quad
        \beta_n = 0.125\, e^{-(v + 65) / 80}

    A cell spikes in the step in which V crosses ``V_th`` upwards: it was below before the step, and is at or above
    it now. There is no reset. One step is: integrate V and each gate with exponential Euler, all from the values
    before the step; add delta inputs to V; test the crossing. With dt = 0.01 ms
    the intervals between spikes are right to 0.1 ms.

    The defaults are 1 cm^2 of membrane, so that a current in uA reads as one in uA/cm^2. Held from rest on, 6.3 uA
    make it fire at 52 Hz, 10 uA at 68 Hz; with 6.2 uA it falls silent again.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - E_L\|; ``ReluGrad()`` by default.
    C : Quantity, uF
        Membrane capacitance; 1 uF by default.
    g_L, g_Na, g_K : Quantity, mS
        Leak conductance (0.3 mS by default) and largest conductance of sodium (120 mS) and potassium (36 mS).
    E_L, E_Na, E_K : Quantity, mV
        Reversal potentials; -54.387, 50 and -77 mV by default.
    V_th : Quantity, mV
        Potential whose upward crossing is a spike; 0 mV by default.
    V_initializer : Initializer, mV
        Initial potential; ``Constant(-65 * u.mV)`` by default, rest. The gates start at their steady state there.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``V_th`` equals ``E_L``.

    Warns
    -----
    PlausibilityWarning
        ``V_th`` is not between ``E_L`` and ``E_Na``: no action potential crosses it upwards.

    Notes
    -----
    BrainPy has g_L = 0.03 mS by default, a tenth of the paper's, which moves rest to -71 mV and the f-I curve with it;
    V_th = 20 mV, which the spikes at 30 uA do not reach; and a random initial potential. Its gNa, gK, gL, ENa, EK, EL
    are g_Na and so on here.

    References
    ----------
    Hodgkin and Huxley (1952), J. Physiol. 117:500, equations 12, 13, 20, 21, 23, 24 and 26 and table 3, with V reversed
    and shifted by 65 mV. E_L is the potential that makes rest -65 mV.
    """

    input_unit = "uA"
    gate_names = ("m", "h", "n")

    spk_fun: Any = component(ReluGrad, "spike function")
    C: Any = parameter(1.0, "uF", "membrane capacitance", positive=True, plausible=(1e-9, 1e3))
    g_L: Any = parameter(0.3, "mS", "leak conductance", nonnegative=True, plausible=(0.0, 1e3))
    g_Na: Any = parameter(120.0, "mS", "largest sodium conductance", nonnegative=True, plausible=(0.0, 1e5))
    g_K: Any = parameter(36.0, "mS", "largest potassium conductance", nonnegative=True, plausible=(0.0, 1e5))
    E_L: Any = parameter(-54.387, "mV", "reversal potential of the leak", plausible=(-500.0, 500.0))
    E_Na: Any = parameter(50.0, "mV", "reversal potential of sodium", plausible=(-500.0, 500.0))
    E_K: Any = parameter(-77.0, "mV", "reversal potential of potassium", plausible=(-500.0, 500.0))
    V_th: Any = parameter(0.0, "mV", "potential whose upward crossing is a spike", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(-65.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser, and the gates to their steady state."""
        super().init_state(batch_size)
        self.m, self.h, self.n = self.steady_gates()

    def rates_per_ms(self, v: Any) -> tuple[tuple[Any, Any], ...]:
        """Return the rates of m, h and n at a potential of v mV."""
        return (
            (1.0 / math.exprel((-40.0 - v) / 10.0), 4.0 * math.exp((-65.0 - v) / 18.0)),
            (0.07 * math.exp((-65.0 - v) / 20.0), 1.0 / (1.0 + math.exp((-35.0 - v) / 10.0))),
            (0.1 / math.exprel((-55.0 - v) / 10.0), 0.125 * math.exp((-65.0 - v) / 80.0)),
        )

    def ionic_current(self, V: Any, *gates: Any) -> Any:
        """Return the current through leak, sodium and potassium channels, inwards."""
        m, h, n = gates
        sodium = self.g_Na * (m**3 * h) * (self.E_Na - V)
        potassium = self.g_K * n**4 * (self.E_K - V)
        return self.g_L * (self.E_L - V) + sodium + potassium
