"""Expon: the exponential synapse."""

from __future__ import annotations

from typing import Any

from isospike.integrate import exp_euler
from isospike.parameter import component, parameter
from isospike.state import HiddenState
from isospike.synapse import Synapse
from isospike_models.initialisers.constant import Constant

__all__ = ["Expon"]


class Expon(Synapse):
    r"""Exponential synapse.

    .. math:: \frac{dg}{dt} = -\frac{g}{\tau}, \qquad g \leftarrow g + \sum_i w_i \text{ at the spikes of } i

    One step is: decay by exp(-dt / tau), then add the weighted spikes that arrived; an event is visible
    undecayed in the step in which it is delivered.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of postsynaptic cells.
    tau : Quantity, ms
        Decay time constant; 8 ms by default.
    g_initializer : Initializer
        Initial value; zero in the unit of the weights by default.

    References
    ----------
    Destexhe, Mainen and Sejnowski (1994), Neural Computation 6:14; Dayan and Abbott (2001), Theoretical
    Neuroscience, section 5.8.
    """

    tau: Any = parameter(8.0, "ms", "decay time constant", positive=True, plausible=(0.01, 5000.0))
    g_initializer: Any = component(lambda: Constant(0.0), "initial value", accepts=Constant)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set g from its initialiser; zero has the unit of whatever weights arrive."""
        self.g = HiddenState(self.initial("g", self.unit, batch_size))

    def dg(self, g: Any) -> Any:
        """Return dg/dt between events."""
        return -g / self.tau

    def update(self, x: Any = None) -> Any:
        """Advance by one step, add the arriving input (and ``x``), and return g."""
        g = self.sum_delta_inputs(exp_euler(self.dg, self.g.value))
        self.g.value = g if x is None else g + x
        return self.g.value

    def conductance(self) -> Any:
        """Return g."""
        return self.g.value
