"""LI: the node LI of NIR."""

from __future__ import annotations

from typing import Any

from isospike.parameter import parameter
from isospike_nir.cells.membrane import Membrane

__all__ = ["LI"]


class LI(Membrane):
    r"""Leaky integrator, node ``LI``.

    .. math:: \tau \frac{dV}{dt} = v_{leak} - V + R\,I

    Parameters
    ----------
    in_size, profile, r
        As in `Membrane`.
    tau : Quantity, second
        Time constant; 0.01 s by default.
    v_leak : Quantity, mV
        Resting potential; 0 mV by default.

    References
    ----------
    Pedersen et al. (2024), Nat. Commun. 15:8122, node LI.
    """

    tau: Any = parameter(0.01, "second", "time constant", positive=True)
    v_leak: Any = parameter(0.0, "mV", "resting potential")

    def rest(self) -> Any:
        """Return v_leak."""
        return self.v_leak

    def advanced(self, V: Any, x: Any) -> Any:
        """Return V after its decay and the push of the input."""
        return self.v_leak + self.profile.decay(self.tau) * (V - self.v_leak) + self.r * self.profile.push(x, self.tau)
