"""Adapting: what integrate-and-fire neurons with an adaptation current have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math, units
from isospike.namespace import to_host
from isospike.state import HiddenState
from isospike.warn import warn
from isospike_models.neurons.resetting import ResettingNeuron

__all__ = ["Adapting"]

# The usual effect of the adaptation on a cell: R a, and R b / (V_th - V_reset).
_MOST = 100.0


class Adapting(ResettingNeuron):
    r"""Adds a current w to a `ResettingNeuron`; to be named before it among the bases of a class.

    .. math:: \tau_w \frac{dw}{dt} = a\,(V - V_{rest}) - w

    The class declares ``R``, ``tau_w``, ``a`` and ``b`` with their defaults, and adds b to w at a spike in ``update``.
    """

    R: Any
    V_rest: Any
    tau_w: Any
    a: Any
    b: Any

    def check_parameters(self) -> None:
        """Check the neuron, and warn of an adaptation out of all proportion to the resistance of the cell."""
        super().check_parameters()
        R, a, b, V_th, V_reset = (to_host(units.split(getattr(self, k))[0]) for k in ("R", "a", "b", "V_th", "V_reset"))
        effects = {"a": (R * a, "the leak"), "b": (R * b / (V_th - V_reset), "the step from V_reset to V_th")}
        beyond = {k: (most, of) for k, (x, of) in effects.items() if (most := float(np.max(np.abs(x)))) > _MOST}
        if beyond:
            told = " and ".join(f"{k} acts as {most:.1g} times {of}" for k, (most, of) in beyond.items())
            warn(
                f"{type(self).__name__}(R={self.R}, a={self.a}, b={self.b}): through this R, {told}; up to {_MOST:g} "
                "is usual. Give what belongs together, such as R=100 * u.Mohm, a=4 * u.nS, b=80 * u.pA"
            )

    def init_state(self, batch_size: int | None = None) -> None:
        """Make the States of the neuron, and set w to zero."""
        super().init_state(batch_size)
        self.w = HiddenState(units.quantity(math.zeros(self.V.value.shape), units.parse_unit("mA")))

    def dw(self, w: Any, V: Any) -> Any:
        """Return dw/dt."""
        return (self.a * (V - self.V_rest) - w) / self.tau_w
