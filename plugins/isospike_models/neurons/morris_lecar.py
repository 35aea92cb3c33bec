"""MorrisLecar: the barnacle muscle fibre of Morris and Lecar."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.parameter import choice, component, parameter
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.gated import GatedNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["MorrisLecar"]


class MorrisLecar(GatedNeuron):
    r"""Morris-Lecar neuron: calcium that follows V at once, and one gate w of potassium.

    .. math::

        C \frac{dV}{dt} = g_L (E_L - V) + g_{Ca} m_\infty(V) (E_{Ca} - V) + g_K w\,(E_K - V) + I(t, V)

        \frac{dw}{dt} = \phi \cosh\!\left(\frac{V - V_3}{2 V_4}\right) (w_\infty(V) - w)

        m_\infty = \tfrac12 \left(1 + \tanh \frac{V - V_1}{V_2}\right), \qquad
        w_\infty = \tfrac12 \left(1 + \tanh \frac{V - V_3}{V_4}\right)

    A cell spikes in the step in which V crosses ``V_th`` upwards: it was below before the step, and is at or above
    it now. There is no reset. One step is: integrate V and w with exponential Euler, both from the values before the
    step, that of the calcium current included; add delta inputs to V; test the crossing.

    The defaults are 1 cm^2 of membrane, so that a current in uA reads as one in uA/cm^2. Rest loses its stability at
    93.9 uA and regains it at 212 uA; between them the cell fires without end.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - E_L\|; ``ReluGrad()`` by default.
    C : Quantity, uF
        Membrane capacitance; 20 uF by default.
    g_L, g_Ca, g_K : Quantity, mS
        Leak conductance (2 mS by default) and largest conductance of calcium (4.4 mS) and potassium (8 mS).
    E_L, E_Ca, E_K : Quantity, mV
        Reversal potentials; -60, 120 and -84 mV by default.
    V1, V2, V3, V4 : Quantity, mV
        Half activation and width of calcium (-1.2 and 18 mV by default) and of potassium (2 and 30 mV).
    phi : Quantity, 1/ms
        Rate of w at its half activation; 0.04 / ms by default.
    V_th : Quantity, mV
        Potential whose upward crossing is a spike; 10 mV by default.
    V_initializer : Initializer, mV
        Initial potential; ``Constant(-60 * u.mV)`` by default. w starts at its steady state there.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``V_th`` equals ``E_L``.

    Warns
    -----
    PlausibilityWarning
        ``V_th`` is not between ``E_L`` and ``E_Ca``: no action potential crosses it upwards.

    References
    ----------
    Morris and Lecar (1981), Biophys. J. 35:193; Rinzel and Ermentrout (1989), in Koch and Segev (eds.),
    Methods in Neuronal Modeling, chapter 5, whose parameters, for the Hopf regime, are the defaults.
    """

    input_unit = "uA"
    gate_names = ("w",)
    upstroke = "E_Ca"

    spk_fun: Any = component(ReluGrad, "spike function")
    C: Any = parameter(20.0, "uF", "membrane capacitance", positive=True, plausible=(1e-9, 1e3))
    g_L: Any = parameter(2.0, "mS", "leak conductance", nonnegative=True, plausible=(0.0, 1e3))
    g_Ca: Any = parameter(4.4, "mS", "largest calcium conductance", nonnegative=True, plausible=(0.0, 1e5))
    g_K: Any = parameter(8.0, "mS", "largest potassium conductance", nonnegative=True, plausible=(0.0, 1e5))
    E_L: Any = parameter(-60.0, "mV", "reversal potential of the leak", plausible=(-500.0, 500.0))
    E_Ca: Any = parameter(120.0, "mV", "reversal potential of calcium", plausible=(-500.0, 500.0))
    E_K: Any = parameter(-84.0, "mV", "reversal potential of potassium", plausible=(-500.0, 500.0))
    V1: Any = parameter(-1.2, "mV", "half activation of calcium", plausible=(-500.0, 500.0))
    V2: Any = parameter(18.0, "mV", "width of the activation of calcium", positive=True, plausible=(0.1, 500.0))
    V3: Any = parameter(2.0, "mV", "half activation of potassium", plausible=(-500.0, 500.0))
    V4: Any = parameter(30.0, "mV", "width of the activation of potassium", positive=True, plausible=(0.1, 500.0))
    phi: Any = parameter(0.04, "1/ms", "rate of w at its half activation", positive=True, plausible=(1e-4, 100.0))
    V_th: Any = parameter(10.0, "mV", "potential whose upward crossing is a spike", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(-60.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser, and w to its steady state."""
        super().init_state(batch_size)
        (self.w,) = self.steady_gates()

    def rates(self, V: Any) -> tuple[tuple[Any, Any], ...]:
        """Return the rates of opening and of closing of w at the potential V."""
        z = (V - self.V3) / self.V4
        rate, steady = self.phi * math.cosh(0.5 * z), 0.5 * (1.0 + math.tanh(z))
        return ((rate * steady, rate * (1.0 - steady)),)

    def steady_m(self, V: Any) -> Any:
        """Return the activation of calcium at the potential V."""
        return 0.5 * (1.0 + math.tanh((V - self.V1) / self.V2))

    def ionic_current(self, V: Any, *gates: Any) -> Any:
        """Return the current through leak, calcium and potassium channels, inwards."""
        (w,) = gates
        m = self.steady_m(self.V_before.value)  # constant over the step, as w is
        return self.g_L * (self.E_L - V) + self.g_Ca * m * (self.E_Ca - V) + self.g_K * w * (self.E_K - V)
