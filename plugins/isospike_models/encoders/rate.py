"""RateEncoder: a value as the probability of a spike."""

from __future__ import annotations

from typing import Any

from isospike import environ, math
from isospike.dynamics import Dynamics
from isospike.random import uniform

__all__ = ["RateEncoder"]


class RateEncoder(Dynamics):
    r"""A value as the probability that a step spikes, in every step anew.

    .. math:: P(s = 1) = \min(\max(x, 0), 1)

    A value from 0 to 1, such as the brightness of a pixel, is presented for many steps; the mean of the spikes tends
    to it. Values outside are cut off. No gradient passes to x.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the values, and of the spikes.

    Notes
    -----
    The draws depend on the seed, the path of this module, the step and the element only: they are the same on
    every backend and for any way of cutting a run into pieces.

    References
    ----------
    Eshraghian et al. (2023), Proc. IEEE 111:1016.
    """

    def update(self, x: Any) -> Any:
        """Return the spikes of this step."""
        values = math.asarray(x)
        return math.astype(math.less(uniform(self, values.shape), values), environ.float_dtype())
