"""CubaLIF: the node CubaLIF of NIR."""

from __future__ import annotations

from isospike_nir.cells.cuba_li import CubaLI
from isospike_nir.cells.spiking import Spiking

__all__ = ["CubaLIF"]


class CubaLIF(Spiking, CubaLI):
    r"""Leaky integrate-and-fire neuron with a synaptic current, node ``CubaLIF``.

    .. math::

        \tau_{syn} \frac{dI}{dt} = -I + w_{in}\,S, \qquad \tau_{mem} \frac{dV}{dt} = v_{leak} - V + R\,I, \qquad
        \text{spike where } V > v_{threshold}

    Parameters
    ----------
    in_size, profile, r
        As in `Membrane`.
    tau_syn, tau_mem, v_leak, w_in
        As in `CubaLI`.
    spk_fun, v_threshold, v_reset
        As in `Spiking`.

    References
    ----------
    Pedersen et al. (2024), Nat. Commun. 15:8122, node CubaLIF.
    """
