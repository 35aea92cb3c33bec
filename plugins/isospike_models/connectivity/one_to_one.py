"""OneToOne: cell i connects to cell i."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.comm import Comm
from isospike.dynamics import Size

__all__ = ["OneToOne"]


class OneToOne(Comm):
    r"""One-to-one connection, :math:`y_i = w_i\,s_i`.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of both populations.
    weight : Quantity, array of the population's shape, initialiser or ParamState
        Weight of all synapses or of each.

    References
    ----------
    Senk et al. (2022), Connectivity concepts in neuronal network modeling, PLoS Comput. Biol. 18:e1010086.
    """

    def __init__(self, in_size: Size, weight: Any) -> None:
        super().__init__(in_size, in_size)
        self.set_weight(weight, self.in_size)

    def init_state(self, batch_size: int | None = None) -> None:
        """Make the weights."""
        del batch_size
        self.init_weight(self.in_size)

    def update(self, spikes: Any) -> Any:
        """Return each cell's spike times its weight."""
        flat = self.check_spikes(spikes)
        weight = self.weight.value
        if len(self.in_size) > 1 and units.split(weight)[0].ndim:
            weight = math.reshape(weight, (self.n_pre,))
        total, unit = units.split(math.multiply(flat, weight))
        return units.quantity(self.shape_output(total), unit)
