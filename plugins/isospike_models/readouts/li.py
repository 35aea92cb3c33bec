"""LI: the leaky integrator, a readout that does not spike."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.neuron import Neuron
from isospike.parameter import choice, component, parameter
from isospike.state import HiddenState
from isospike_models.initialisers.constant import Constant

__all__ = ["LI"]


class LI(Neuron):
    r"""Leaky integrator: a membrane without a threshold, to read a network out.

    .. math:: \tau \frac{dV}{dt} = V_{rest} - V + R\,I(t, V)

    One step is: integrate with exponential Euler (exact for a constant current), add delta inputs. A call returns the
    potential; there are no spikes, so it can be the target of a projection, never its source.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    R : Quantity, ohm
        Membrane resistance; 1 ohm by default.
    tau : Quantity, ms
        Membrane time constant; 5 ms by default.
    V_rest : Quantity, mV
        Resting potential; 0 mV by default.
    V_initializer : Initializer, mV
        Initial potential; ``Constant(0 * u.mV)`` by default.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Notes
    -----
    `LeakyRateReadout` is a linear layer and a leak in one, for pure numbers.

    References
    ----------
    Bellec et al. (2020), Nat. Commun. 11:3625; Pedersen et al. (2024), Nat. Commun. 15:8122, node LI.
    """

    R: Any = parameter(1.0, "ohm", "membrane resistance", positive=True)
    tau: Any = parameter(5.0, "ms", "membrane time constant", positive=True, plausible=(0.01, 5000.0))
    V_rest: Any = parameter(0.0, "mV", "resting potential", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(0.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def check_parameters(self) -> None:
        """Refuse an initial potential in a wrong unit."""
        self.check_initializer("V", "mV")

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser."""
        self.V = HiddenState(self.initial("V", "mV", batch_size, plausible=(-500.0, 500.0)))

    def dV(self, V: Any, x: Any) -> Any:
        """Return dV/dt under the input current x and the currents of all projections."""
        return (self.V_rest - V + self.R * self.input_current(x, V)) / self.tau

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the potential."""
        self.V.value = self.sum_delta_inputs(self.integrate(self.dV, self.V.value, x))
        return self.V.value
