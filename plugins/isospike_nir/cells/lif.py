"""LIF: the node LIF of NIR."""

from __future__ import annotations

from isospike_nir.cells.li import LI
from isospike_nir.cells.spiking import Spiking

__all__ = ["LIF"]


class LIF(Spiking, LI):
    r"""Leaky integrate-and-fire neuron, node ``LIF``.

    .. math:: \tau \frac{dV}{dt} = v_{leak} - V + R\,I, \qquad \text{spike where } V > v_{threshold}

    Parameters
    ----------
    in_size, profile, r
        As in `Membrane`.
    tau, v_leak
        As in `LI`.
    spk_fun, v_threshold, v_reset
        As in `Spiking`.

    References
    ----------
    Pedersen et al. (2024), Nat. Commun. 15:8122, node LIF.
    """
