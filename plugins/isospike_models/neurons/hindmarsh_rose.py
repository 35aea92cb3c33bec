"""HindmarshRose: the bursting neuron with three variables."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.parameter import choice, component, parameter
from isospike.state import HiddenState
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.crossing import CrossingNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["HindmarshRose"]


class HindmarshRose(CrossingNeuron):
    r"""Hindmarsh-Rose neuron, which bursts, with a potential and an input that are pure numbers.

    .. math::

        \frac{dV}{dt} = y - a V^3 + b V^2 - z + I(t, V), \qquad
        \frac{dy}{dt} = c - d V^2 - y, \qquad
        \frac{dz}{dt} = r\,(s\,(V - V_{rest}) - z)

    all per ms. A cell spikes in the step in which V crosses ``V_th`` upwards: it was below before the step, and is at
    or above it now. There is no reset. One step is: integrate V, y and z with exponential Euler, all from the values
    before the step; add delta inputs to V; test the crossing. The paper's time is a pure number too: its unit is 1 ms
    here. z sums the errors of a burst: with dt = 0.005 ms the pauses between bursts are right to 3 percent.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of V - V_th; ``ReluGrad()`` by default.
    a, b, c, d : float
        Parameters of the fast variables; 1, 3, 1 and 5 by default.
    r, s : float
        Rate (0.006 by default) and sensitivity (4) of the slow current z.
    V_rest : float
        Potential at which z settles at zero, the x_1 of the paper; -1.6 by default.
    V_th : float
        Potential whose upward crossing is a spike; 1 by default.
    V_initializer : Initializer
        Initial potential; ``Constant(-1.6)`` by default. y and z start where they would stay.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``r`` is negative.

    References
    ----------
    Hindmarsh and Rose (1984), Proc. R. Soc. Lond. B 221:87. The defaults but for r are those of the paper, which varies
    it from 0.001 on.
    """

    input_unit = delta_unit = "1"
    plausible = None

    spk_fun: Any = component(ReluGrad, "spike function")
    a: Any = parameter(1.0, "", "cubic term of V")
    b: Any = parameter(3.0, "", "quadratic term of V")
    c: Any = parameter(1.0, "", "drive of y")
    d: Any = parameter(5.0, "", "quadratic term of y")
    r: Any = parameter(0.006, "", "rate of the slow current", nonnegative=True, plausible=(0.0, 1.0))
    s: Any = parameter(4.0, "", "sensitivity of the slow current")
    V_rest: Any = parameter(-1.6, "", "potential at which the slow current settles at zero")
    V_th: Any = parameter(1.0, "", "potential whose upward crossing is a spike")
    V_initializer: Any = component(lambda: Constant(-1.6), "initial potential", accepts=Constant)
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser, and y and z to where they would stay."""
        super().init_state(batch_size)
        V = self.V.value
        self.y, self.z = HiddenState(self.c - self.d * V**2), HiddenState(self.s * (V - self.V_rest))

    def dV(self, V: Any, x: Any, y: Any, z: Any) -> Any:
        """Return dV/dt under the input x and those of all projections."""
        return _per_ms(y - self.a * V**3 + self.b * V**2 - z + self.input_current(x, V))

    def dy(self, y: Any, V: Any) -> Any:
        """Return dy/dt."""
        return _per_ms(self.c - self.d * V**2 - y)

    def dz(self, z: Any, V: Any) -> Any:
        """Return dz/dt."""
        return _per_ms(self.r * (self.s * (V - self.V_rest) - z))

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the input ``x`` (a number, zero by default) and return the spikes."""
        V, y, z = self.remember(), self.y.value, self.z.value
        self.V.value = self.sum_delta_inputs(self.integrate(self.dV, V, x, y, z))
        self.y.value, self.z.value = self.integrate(self.dy, y, V), self.integrate(self.dz, z, V)
        return self.spike()

    def scale(self) -> Any:
        """Return 1: the potential is a pure number of that size."""
        return 1.0


def _per_ms(rate: Any) -> Any:
    return units.quantity(rate, units.parse_unit("1/ms"))
