"""Izhikevich: the quadratic neuron with recovery."""

from __future__ import annotations

from typing import Any

from isospike import environ, math, units
from isospike.errors import ParameterError
from isospike.namespace import to_host
from isospike.neuron import Neuron
from isospike.parameter import choice, component, parameter
from isospike.state import HiddenState
from isospike.warn import warn
from isospike_models.initialisers.constant import Constant
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["Izhikevich"]


class Izhikevich(Neuron):
    r"""Izhikevich's simple model of a spiking neuron.

    .. math::

        \frac{dV}{dt} = \frac{0.04}{ms\,mV} V^2 + \frac{5}{ms} V + 140 \frac{mV}{ms} - u + I(t, V), \qquad
        \frac{du}{dt} = a\,(b V - u)

    A cell spikes in the step in which V reaches ``V_th`` or lies above it; at the beginning of the next step
    ``V = c`` and ``u += d``. One step is: reset, integrate, add delta inputs to V, test the threshold.

    The scheme of 2003, ``"two_half_steps"``, advances V by two explicit steps of dt / 2 with u as it was, then u by
    one of dt with the new V. With dt = 1 ms it is the published program, and part of the model: its fast-spiking
    cell at 10 mV/ms gives 63 spikes in a second, the equations themselves 136. Steps so long make a chaotic map of
    them: the 63 becomes 61 to 70 with another rounding, so only ``numerics="exact"`` repeats it elsewhere. The
    input is no current but a rate of V, as the equation has no capacitance.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - c\|; ``ReluGrad()`` by default.
    a : Quantity, 1/ms
        Rate of the recovery; 0.02 / ms by default.
    b : Quantity, 1/ms
        Sensitivity of the recovery to V; 0.2 / ms by default.
    c : Quantity, mV
        Potential after a spike; -65 mV by default.
    d : Quantity, mV/ms
        Step of u after a spike; 8 mV/ms by default.
    V_th : Quantity, mV
        Peak at which a spike ends; 30 mV by default.
    V_initializer : Initializer, mV
        Initial potential; ``Constant(-65 * u.mV)`` by default. u starts at b V.
    method : {"two_half_steps", "euler"}
        Integration scheme; ``"euler"`` takes one explicit step of both from the values before it.

    Raises
    ------
    ParameterError
        ``c`` equals ``V_th``: a spike would never end.

    Warns
    -----
    PlausibilityWarning
        The cell starts above ``V_th``, or ``c`` lies above it.

    References
    ----------
    Izhikevich (2003), IEEE Transactions on Neural Networks 14:1569, equations 1 to 3 and the program of figure 3.
    The defaults are the regular-spiking cell; fast spiking is a = 0.1 / ms, d = 2 mV/ms.
    """

    input_unit = "mV/ms"

    spk_fun: Any = component(ReluGrad, "spike function")
    a: Any = parameter(0.02, "1/ms", "rate of the recovery", nonnegative=True, plausible=(0.0, 10.0))
    b: Any = parameter(0.2, "1/ms", "sensitivity of the recovery to V", plausible=(-100.0, 100.0))
    c: Any = parameter(-65.0, "mV", "potential after a spike", plausible=(-500.0, 500.0))
    d: Any = parameter(8.0, "mV/ms", "step of u after a spike", plausible=(-1e3, 1e3))
    V_th: Any = parameter(30.0, "mV", "peak at which a spike ends", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(-65.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("two_half_steps", ("two_half_steps", "euler"), "integration scheme")

    def check_parameters(self) -> None:
        """Refuse a spike that never ends, and warn of cells that are above the peak from the start."""
        peak, reset = (to_host(units.split(v)[0]) for v in (self.V_th, self.c))
        name = f"{type(self).__name__}(V_th={self.V_th}, c={self.c})"
        if (peak == reset).any():
            msg = f"{name}: they are equal, so a spike would never end. Choose c below V_th"
            raise ParameterError(msg)
        above = ["c"] if (reset > peak).any() else []
        self.check_initializer("V", "mV")
        if isinstance(self.V_initializer, Constant):
            start = units.convert(self.V_initializer.value, units.parse_unit("mV"), what="V_initializer")
            if (to_host(start) >= peak).any():
                above.append(f"the initial potential {self.V_initializer.value}")
        if above:
            verb = "lies" if len(above) == 1 else "lie"
            warn(
                f"{name}: {' and '.join(above)} {verb} above V_th, so the cell starts or stays above it and spikes at "
                "once. Pass potentials below V_th, such as c=-65 * u.mV"
            )

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser, and u to b V."""
        V = self.initial("V", "mV", batch_size, plausible=(-500.0, 500.0))
        self.V, self.u = HiddenState(V), HiddenState(self.b * V)

    def dV(self, V: Any, u: Any, x: Any) -> Any:
        """Return dV/dt under the input x and those of all projections."""
        v = units.convert(V, units.parse_unit("mV"), what="V")
        quadratic = 0.04 * math.square(v) + 5.0 * v + 140.0
        return units.quantity(quadratic, units.parse_unit("mV/ms")) - u + self.input_current(x, V)

    def du(self, u: Any, V: Any) -> Any:
        """Return du/dt."""
        return self.a * (self.b * V - u)

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the input ``x`` (mV/ms, zero by default) and return the spikes."""
        spikes, dt = self.spike(), environ.get_dt()
        V = self.V.value * (1.0 - spikes) + self.c * spikes
        u = self.u.value + self.d * spikes
        if self.method == "euler":
            V, u = V + self.dV(V, u, x) * dt, u + self.du(u, V) * dt
        else:
            for _ in range(2):
                V = V + self.dV(V, u, x) * (0.5 * dt)
            u = u + self.du(u, V) * dt
        self.V.value, self.u.value = self.sum_delta_inputs(V), u
        return self.spike()

    def spike(self) -> Any:
        """Return 1 for the cells at or above the peak."""
        return self.spk_fun((self.V.value - self.V_th) / abs(self.V_th - self.c))
