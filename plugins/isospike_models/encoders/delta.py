"""DeltaEncoder: the changes of a value as spikes."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.dynamics import Dynamics
from isospike.parameter import parameter
from isospike.state import ShortTermState

__all__ = ["DeltaEncoder"]


class DeltaEncoder(Dynamics):
    r"""The changes of a value as spikes, up and down, as of an event camera.

    .. math:: s^\pm = [\pm (x - \hat{x}) \ge \theta], \qquad \hat{x} \leftarrow \hat{x} + \theta\,(s^+ - s^-)

    The reference follows the value by at most one threshold a step, so that a sum of the spikes, times theta, follows
    the value to within theta. No gradient passes to x.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the values. The spikes have a last axis of two: up, down.
    threshold : Quantity
        Change theta that makes a spike, in the unit of the value; 0.1 by default.

    References
    ----------
    Lichtsteiner, Posch and Delbruck (2008), IEEE Journal of Solid-State Circuits 43:566.
    """

    threshold: Any = parameter(0.1, "", "change that makes a spike", positive=True, any_unit=True, trainable=False)

    def init_state(self, batch_size: int | None = None) -> None:
        """Start from a value of zero."""
        self.out_size = (*self.in_size, 2)
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        self.reference = ShortTermState(units.quantity(np.zeros(shape), units.split(self.threshold)[1]))

    def update(self, x: Any) -> Any:
        """Return the spikes of this step, up and down along the last axis."""
        change = math.asarray(x) - self.reference.value
        up, down = (math.greater_equal(c, self.threshold) for c in (change, -change))
        up, down = (math.astype(s, environ.float_dtype()) for s in (up, down))
        self.reference.value = self.reference.value + (up - down) * self.threshold
        return math.stack([up, down], axis=-1)
