"""FitzHughNagumo: the excitable system with two variables."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.parameter import choice, component, parameter
from isospike.state import HiddenState
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.crossing import CrossingNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["FitzHughNagumo"]


class FitzHughNagumo(CrossingNeuron):
    r"""FitzHugh-Nagumo neuron, with a potential and an input that are pure numbers.

    .. math::

        \frac{dV}{dt} = \frac{1}{ms} \left(V - \frac{V^3}{3} - w + I(t, V)\right), \qquad
        \tau \frac{dw}{dt} = V + a - b w

    A cell spikes in the step in which V crosses ``V_th`` upwards: it was below before the step, and is at or above
    it now. There is no reset. One step is: integrate V and w with exponential Euler, both from the values before the
    step; add delta inputs to V; test the crossing. The paper's time is a pure number too: its unit is 1 ms here.

    With the defaults rest is stable below I = 0.331 and above I = 1.419; between them the cell fires without end.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of V - V_th; ``ReluGrad()`` by default.
    a, b : float
        Parameters of the recovery; 0.7 and 0.8 by default.
    tau : Quantity, ms
        Time constant of the recovery; 12.5 ms by default.
    V_th : float
        Potential whose upward crossing is a spike; 1 by default.
    V_initializer : Initializer
        Initial potential; ``Constant(-1.2)`` by default, near rest. w starts where it would stay, at (V + a) / b.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``b`` or ``tau`` is not positive.

    References
    ----------
    FitzHugh (1961), Biophys. J. 1:445; Nagumo, Arimoto and Yoshizawa (1962), Proc. IRE 50:2061. Form and defaults are
    those of Izhikevich and FitzHugh (2006), Scholarpedia 1(9):1349, equation 1.
    """

    input_unit = delta_unit = "1"
    plausible = None

    spk_fun: Any = component(ReluGrad, "spike function")
    a: Any = parameter(0.7, "", "offset of the recovery")
    b: Any = parameter(0.8, "", "decay of the recovery", positive=True)
    tau: Any = parameter(12.5, "ms", "time constant of the recovery", positive=True, plausible=(0.01, 5000.0))
    V_th: Any = parameter(1.0, "", "potential whose upward crossing is a spike")
    V_initializer: Any = component(lambda: Constant(-1.2), "initial potential", accepts=Constant)
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser, and w to where it would stay."""
        super().init_state(batch_size)
        self.w = HiddenState((self.V.value + self.a) / self.b)

    def dV(self, V: Any, x: Any, w: Any) -> Any:
        """Return dV/dt under the input x and those of all projections."""
        return units.quantity(V - V**3 / 3.0 - w + self.input_current(x, V), units.parse_unit("1/ms"))

    def dw(self, w: Any, V: Any) -> Any:
        """Return dw/dt."""
        return (V + self.a - self.b * w) / self.tau

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the input ``x`` (a number, zero by default) and return the spikes."""
        V, w = self.remember(), self.w.value
        self.V.value = self.sum_delta_inputs(self.integrate(self.dV, V, x, w))
        self.w.value = self.integrate(self.dw, w, V)
        return self.spike()

    def scale(self) -> Any:
        """Return 1: the potential is a pure number of that size."""
        return 1.0
