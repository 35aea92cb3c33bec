"""AllToAll: every cell connects to every cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.comm import Comm
from isospike.dynamics import Size
from isospike.errors import ShapeError

__all__ = ["AllToAll"]


class AllToAll(Comm):
    r"""All-to-all connection, :math:`y_j = \sum_i s_i\,w_{ij}`.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of the pre- and the postsynaptic population.
    weight : Quantity, array (n_pre, n_post), initialiser or ParamState
        One weight for all synapses (computed without a matrix), or a dense matrix.
    include_self : bool
        Whether cell i connects to cell i; True by default, False needs populations of equal size.

    Raises
    ------
    ShapeError
        ``include_self=False`` with populations of different sizes.

    References
    ----------
    Senk et al. (2022), Connectivity concepts in neuronal network modeling, PLoS Comput. Biol. 18:e1010086.
    """

    def __init__(self, in_size: Size, out_size: Size, weight: Any, *, include_self: bool = True) -> None:
        super().__init__(in_size, out_size)
        if not include_self and self.n_pre != self.n_post:
            msg = (
                f"AllToAll({in_size}, {out_size}, include_self=False) leaves out the connections of a cell "
                "to itself, which needs two populations of one size"
            )
            raise ShapeError(msg)
        self.include_self = include_self
        self.set_weight(weight, (self.n_pre, self.n_post))

    def init_state(self, batch_size: int | None = None) -> None:
        """Make the weights."""
        del batch_size
        self.init_weight((self.n_pre, self.n_post))

    def update(self, spikes: Any) -> Any:
        """Return the weighted sum of the spikes at each postsynaptic cell."""
        flat = self.check_spikes(spikes)
        if str(flat.dtype) == "bool":
            flat = math.astype(flat, environ.float_dtype())
        total, unit = units.split(self._dense(flat) if units.split(self.weight.value)[0].ndim else self._uniform(flat))
        return units.quantity(self.shape_output(total), unit)

    def _uniform(self, flat: Any) -> Any:
        total = math.sum(flat, axis=-1, keepdims=True)
        arriving = math.broadcast_to(total, (*flat.shape[:-1], self.n_post))
        return (arriving if self.include_self else arriving - flat) * self.weight.value

    def _dense(self, flat: Any) -> Any:
        weight = self.weight.value
        if not self.include_self:
            weight = math.multiply(weight, 1.0 - np.eye(self.n_pre))
        return self.dense(flat, weight)
