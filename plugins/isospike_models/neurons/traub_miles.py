"""TraubMilesHH: the Hodgkin-Huxley neuron of the benchmark networks, after Traub and Miles."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.parameter import choice, component, parameter
from isospike.state import HiddenState
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.gated import GatedNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["TraubMilesHH"]


class TraubMilesHH(GatedNeuron):
    r"""Hodgkin-Huxley neuron with the kinetics of Traub and Miles, a point cell with absolute conductances.

    .. math::

        C \frac{dV}{dt} = g_L (E_L - V) + g_{Na} m^3 h (E_{Na} - V) + g_K n^4 (E_K - V) + I(t, V)

        \frac{dx}{dt} = \alpha_x(V) (1 - x) - \beta_x(V)\, x, \qquad x \in \{m, h, n\}

    With v = (V - V_T) / mV and :math:`\varphi(z) = (e^z - 1) / z`, which is 1 at z = 0, the rates are, per ms,

    .. math::

        \alpha_m = 1.28 / \varphi\!\left(\tfrac{13 - v}{4}\right), \quad
        \beta_m = 1.4 / \varphi\!\left(\tfrac{v - 40}{5}\right), \quad
        \alpha_h = 0.128\, e^{(17 - v) / 18}, \quad
        \beta_h = \frac{4}{1 + e^{(40 - v) / 5}}, \quad
        \alpha_n = 0.16 / \varphi\!\left(\tfrac{15 - v}{5}\right), \quad
        \beta_n = 0.5\, e^{(10 - v) / 40}

    A cell spikes in the step in which V crosses ``V_th`` upwards: it was below before the step, and is at or above
    it now. There is no reset. One step is: integrate V and each gate with exponential Euler, all from the values
    before the step; add delta inputs to V; test the crossing.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - E_L\|; ``ReluGrad()`` by default.
    C : Quantity, pF
        Membrane capacitance; 200 pF by default.
    g_L, g_Na, g_K : Quantity, nS
        Leak conductance (10 nS by default) and largest conductance of sodium (20000 nS) and potassium (6000 nS).
    E_L, E_Na, E_K : Quantity, mV
        Reversal potentials; -60, 50 and -90 mV by default.
    V_T : Quantity, mV
        Shift of the rates; -63 mV by default.
    V_th : Quantity, mV
        Potential whose upward crossing is a spike; -20 mV by default.
    V_initializer : Initializer, mV
        Initial potential; ``Constant(-60 * u.mV)`` by default.
    gates : {"steady", "zero"}
        Initial gates: their steady state at the initial potential (by default), or zero as in the benchmark.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``V_th`` equals ``E_L``: a cell at rest would be at the threshold.

    Warns
    -----
    PlausibilityWarning
        ``V_th`` is not between ``E_L`` and ``E_Na``: no action potential crosses it upwards.

    References
    ----------
    Traub and Miles (1991), Neuronal Networks of the Hippocampus; Brette et al. (2007), J. Comput. Neurosci. 23:349,
    benchmark 3, whose parameters are the defaults (100 and 30 mS/cm^2 on 20000 um^2).
    """

    input_unit = "pA"
    gate_names = ("m", "h", "n")

    spk_fun: Any = component(ReluGrad, "spike function")
    C: Any = parameter(200.0, "pF", "membrane capacitance", positive=True, plausible=(0.1, 1e5))
    g_L: Any = parameter(10.0, "nS", "leak conductance", nonnegative=True, plausible=(0.0, 1e5))
    g_Na: Any = parameter(20000.0, "nS", "largest sodium conductance", nonnegative=True, plausible=(0.0, 1e7))
    g_K: Any = parameter(6000.0, "nS", "largest potassium conductance", nonnegative=True, plausible=(0.0, 1e7))
    E_L: Any = parameter(-60.0, "mV", "reversal potential of the leak", plausible=(-500.0, 500.0))
    E_Na: Any = parameter(50.0, "mV", "reversal potential of sodium", plausible=(-500.0, 500.0))
    E_K: Any = parameter(-90.0, "mV", "reversal potential of potassium", plausible=(-500.0, 500.0))
    V_T: Any = parameter(-63.0, "mV", "shift of the rates", plausible=(-500.0, 500.0))
    V_th: Any = parameter(-20.0, "mV", "potential whose upward crossing is a spike", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(-60.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    gates: str = choice("steady", ("steady", "zero"), "initial gates")
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser, and the gates."""
        super().init_state(batch_size)
        zero = [HiddenState(math.zeros(self.V.value.shape)) for _ in range(3)]
        self.m, self.h, self.n = self.steady_gates() if self.gates == "steady" else zero

    def rates(self, V: Any) -> tuple[tuple[Any, Any], ...]:
        """Return the rates of opening and of closing of m, h and n at the potential V."""
        return super().rates(V - self.V_T)

    def rates_per_ms(self, v: Any) -> tuple[tuple[Any, Any], ...]:
        """Return the rates, per ms, at a potential v mV above ``V_T``."""
        return (
            (1.28 / math.exprel((13.0 - v) / 4.0), 1.4 / math.exprel((v - 40.0) / 5.0)),
            (0.128 * math.exp((17.0 - v) / 18.0), 4.0 / (1.0 + math.exp((40.0 - v) / 5.0))),
            (0.16 / math.exprel((15.0 - v) / 5.0), 0.5 * math.exp((10.0 - v) / 40.0)),
        )

    def ionic_current(self, V: Any, *gates: Any) -> Any:
        """Return the current through leak, sodium and potassium channels, inwards."""
        m, h, n = gates
        sodium = self.g_Na * (m**3 * h) * (self.E_Na - V)
        potassium = self.g_K * n**4 * (self.E_K - V)
        return self.g_L * (self.E_L - V) + sodium + potassium
