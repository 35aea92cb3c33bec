"""Alpha: the synapse that rises before it decays."""

from __future__ import annotations

from typing import Any

from isospike import environ, math, units
from isospike.parameter import component, parameter
from isospike.state import HiddenState
from isospike.synapse import Synapse
from isospike_models.initialisers.constant import Constant

__all__ = ["Alpha"]


class Alpha(Synapse):
    r"""Alpha synapse, two first-order filters of one time constant in series.

    .. math::

        \frac{dh}{dt} = -\frac{h}{\tau}, \qquad \frac{dg}{dt} = \frac{h - g}{\tau}, \qquad
        h \leftarrow h + \sum_i w_i \text{ at the spikes of } i

    A weight w gives :math:`g(t) = w\,(t / \tau)\,e^{-t / \tau}`, whose peak is w / e at t = tau: give e times the peak
    that you want. One step is: advance h and g over dt exactly, then add the weighted spikes that arrived to h; an
    event acts on g from the step after the one in which it is delivered.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of postsynaptic cells.
    tau : Quantity, ms
        Time constant of rise and decay; 8 ms by default.
    g_initializer : Initializer
        Initial value of g; zero in the unit of the weights by default. h starts at zero.

    References
    ----------
    Rall (1967), J. Neurophysiol. 30:1138; Rotter and Diesmann (1999), Biol. Cybern. 81:381, for the exact step;
    Dayan and Abbott (2001), Theoretical Neuroscience, section 5.8.
    """

    tau: Any = parameter(8.0, "ms", "time constant of rise and decay", positive=True, plausible=(0.01, 5000.0))
    g_initializer: Any = component(lambda: Constant(0.0), "initial value", accepts=Constant)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set g from its initialiser, and h to zero."""
        g = self.initial("g", self.unit, batch_size)
        self.g = HiddenState(g)
        self.h = HiddenState(units.quantity(math.zeros(self.g.value.shape), self.unit))

    def update(self, x: Any = None) -> Any:
        """Advance by one step, add the arriving input (and ``x``) to h, and return g."""
        steps = environ.get_dt() / self.tau
        decay = math.exp(-steps)
        g = decay * self.g.value + (decay * steps) * self.h.value
        h = self.sum_delta_inputs(decay * self.h.value)
        self.g.value, self.h.value = g, h if x is None else h + x
        return self.g.value

    def conductance(self) -> Any:
        """Return g."""
        return self.g.value
