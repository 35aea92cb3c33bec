"""Integrator: the node I of NIR."""

from __future__ import annotations

from typing import Any

from isospike_nir.cells.membrane import Membrane

__all__ = ["Integrator"]


class Integrator(Membrane):
    r"""Integrator, node ``I``.

    .. math:: \frac{dV}{dt} = R\,I \qquad \text{(per second)}

    Parameters
    ----------
    in_size, profile, r
        As in `Membrane`.

    References
    ----------
    Pedersen et al. (2024), Nat. Commun. 15:8122, node I.
    """

    def advanced(self, V: Any, x: Any) -> Any:
        """Return V and what the input adds."""
        return V + self.r * self.profile.integral(x)
