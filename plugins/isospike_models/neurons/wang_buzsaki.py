"""WangBuzsaki: the fast-spiking interneuron of Wang and Buzsaki."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.parameter import choice, component, parameter
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.gated import GatedNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["WangBuzsaki"]


class WangBuzsaki(GatedNeuron):
    r"""Fast-spiking interneuron of Wang and Buzsaki: two gates, and sodium activation that follows V at once.

    .. math::

        C \frac{dV}{dt} = g_L (E_L - V) + g_{Na} m_\infty^3(V)\, h\, (E_{Na} - V) + g_K n^4 (E_K - V) + I(t, V)

        \frac{dx}{dt} = \phi\,(\alpha_x(V) (1 - x) - \beta_x(V)\, x), \qquad x \in \{h, n\}, \qquad
        m_\infty = \frac{\alpha_m}{\alpha_m + \beta_m}

    With v = V / mV and :math:`\varphi(z) = (e^z - 1) / z`, which is 1 at z = 0, the rates are, per ms,

    .. math::

        \alpha_m = 1 / \varphi\!\left(-\tfrac{v + 35}{10}\right), \quad
        \beta_m = 4\, e^{-(v + 60) / 18}, \quad
        \alpha_h = 0.07\, e^{-(v + 58) / 20}, \quad
        \beta_h = \frac{1}{1 + e^{-(v + 28) / 10}}, \quad
        \alpha_n = 0.1 / \varphi\!\left(-\tfrac{v + 34}{10}\right), \quad
        \beta_n = 0.125\, e^{-(v + 44) / 80}

    A cell spikes in the step in which V crosses ``V_th`` upwards: it was below before the step, and is at or above
    it now. There is no reset. One step is: integrate V and each gate with exponential Euler, all from the values
    before the step, that of m included; add delta inputs to V; test the crossing.

    The defaults are 1 cm^2 of membrane, so that a current in uA reads as one in uA/cm^2.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - E_L\|; ``ReluGrad()`` by default.
    C : Quantity, uF
        Membrane capacitance; 1 uF by default.
    g_L, g_Na, g_K : Quantity, mS
        Leak conductance (0.1 mS by default) and largest conductance of sodium (35 mS) and potassium (9 mS).
    E_L, E_Na, E_K : Quantity, mV
        Reversal potentials; -65, 55 and -90 mV by default.
    phi : float
        Factor of the rates of h and n; 5 by default.
    V_th : Quantity, mV
        Potential whose upward crossing is a spike; 0 mV by default.
    V_initializer : Initializer, mV
        Initial potential; ``Constant(-65 * u.mV)`` by default. The gates start at their steady state there.
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
    This is ``WangBuzsakiHH`` of BrainPy, which has V_th = 20 mV and a random initial potential by default.

    References
    ----------
    Wang and Buzsaki (1996), J. Neurosci. 16:6402, whose parameters are the defaults.
    """

    input_unit = "uA"
    gate_names = ("h", "n")

    spk_fun: Any = component(ReluGrad, "spike function")
    C: Any = parameter(1.0, "uF", "membrane capacitance", positive=True, plausible=(1e-9, 1e3))
    g_L: Any = parameter(0.1, "mS", "leak conductance", nonnegative=True, plausible=(0.0, 1e3))
    g_Na: Any = parameter(35.0, "mS", "largest sodium conductance", nonnegative=True, plausible=(0.0, 1e5))
    g_K: Any = parameter(9.0, "mS", "largest potassium conductance", nonnegative=True, plausible=(0.0, 1e5))
    E_L: Any = parameter(-65.0, "mV", "reversal potential of the leak", plausible=(-500.0, 500.0))
    E_Na: Any = parameter(55.0, "mV", "reversal potential of sodium", plausible=(-500.0, 500.0))
    E_K: Any = parameter(-90.0, "mV", "reversal potential of potassium", plausible=(-500.0, 500.0))
    phi: Any = parameter(5.0, "", "factor of the rates", positive=True)
    V_th: Any = parameter(0.0, "mV", "potential whose upward crossing is a spike", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(-65.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser, and the gates to their steady state."""
        super().init_state(batch_size)
        self.h, self.n = self.steady_gates()

    def rates_per_ms(self, v: Any) -> tuple[tuple[Any, Any], ...]:
        """Return the rates of h and n at a potential of v mV."""
        pairs = (
            (0.07 * math.exp((-58.0 - v) / 20.0), 1.0 / (1.0 + math.exp((-28.0 - v) / 10.0))),
            (0.1 / math.exprel((-34.0 - v) / 10.0), 0.125 * math.exp((-44.0 - v) / 80.0)),
        )
        return tuple((self.phi * alpha, self.phi * beta) for alpha, beta in pairs)

    def steady_m(self, V: Any) -> Any:
        """Return the activation of sodium at the potential V."""
        v = units.convert(V, units.parse_unit("mV"), what="V")
        alpha, beta = 1.0 / math.exprel((-35.0 - v) / 10.0), 4.0 * math.exp((-60.0 - v) / 18.0)
        return alpha / (alpha + beta)

    def ionic_current(self, V: Any, *gates: Any) -> Any:
        """Return the current through leak, sodium and potassium channels, inwards."""
        h, n = gates
        m = self.steady_m(self.V_before.value)  # constant over the step, as the gates are
        sodium = self.g_Na * (m**3 * h) * (self.E_Na - V)
        potassium = self.g_K * n**4 * (self.E_K - V)
        return self.g_L * (self.E_L - V) + sodium + potassium
