"""IF: the node IF of NIR."""

from __future__ import annotations

from isospike_nir.cells.integrator import Integrator
from isospike_nir.cells.spiking import Spiking

__all__ = ["IF"]


class IF(Spiking, Integrator):
    r"""Integrate-and-fire neuron, node ``IF``.

    .. math:: \frac{dV}{dt} = R\,I \qquad \text{(per second)}, \qquad \text{spike where } V > v_{threshold}

    Parameters
    ----------
    in_size, profile, r
        As in `Membrane`.
    spk_fun, v_threshold, v_reset
        As in `Spiking`.

    References
    ----------
    Pedersen et al. (2024), Nat. Commun. 15:8122, node IF.
    """
