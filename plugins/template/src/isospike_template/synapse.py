"""TemplateSynapse: a conductance that decays exponentially."""

from __future__ import annotations

from typing import Any

import isospike as iso
from isospike import units as u
from isospike.parameter import parameter

__all__ = ["TemplateSynapse"]


class TemplateSynapse(iso.Synapse):
    r"""Exponential synapse.

    .. math:: \frac{dg}{dt} = -\frac{g}{\tau}, \qquad g \leftarrow g + \sum_i w_i \text{ at the spikes of } i

    One step is: decay, then add the weighted spikes that arrived.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of postsynaptic cells.
    tau : Quantity, ms
        Decay time constant; 5 ms by default.

    References
    ----------
    Dayan and Abbott (2001), Theoretical Neuroscience, section 5.8.
    """

    tau: Any = parameter(5.0, "ms", "decay time constant", positive=True, plausible=(0.01, 5000.0))

    def init_state(self, batch_size: int | None = None) -> None:
        """Start without any conductance, in the unit of the weights."""
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        self.g = iso.HiddenState(u.quantity(iso.math.zeros(shape), self.unit))

    def dg(self, g: Any) -> Any:
        """Return dg/dt between events."""
        return -g / self.tau

    def update(self, x: Any = None) -> Any:
        """Advance by one step, add the arriving input (and ``x``), and return g."""
        g = self.sum_delta_inputs(iso.exp_euler(self.dg, self.g.value))
        self.g.value = g if x is None else g + x
        return self.g.value

    def conductance(self) -> Any:
        """Return g."""
        return self.g.value
