"""GIFRef: the generalised integrate-and-fire neuron with an absolute refractory period."""

from __future__ import annotations

from isospike_models.neurons.gif import GIF
from isospike_models.neurons.refractory import Refractory

__all__ = ["GIFRef"]


class GIFRef(Refractory, GIF):
    r"""Generalised integrate-and-fire neuron with an absolute refractory period.

    .. math::

        \tau \frac{dV}{dt} = V_{rest} - V + R\,(I(t, V) + I_1 + I_2) \quad \text{unless refractory}, \qquad
        \frac{dI_j}{dt} = -k_j I_j

        \frac{dV_{th}}{dt} = a\,(V - V_{rest}) - b\,(V_{th} - V_{th,\infty})

    As `GIF`, but for n = round(tau_ref / dt) steps after a spike the potential is held at ``V_reset``, no matter how
    strong the input, and no spike is emitted; input that arrives meanwhile is lost, while the threshold and the
    internal currents go on. A cell that spikes in step k can spike again in step k + n + 1 at the earliest. The steps
    are counted as in `LIFRef`.

    Parameters
    ----------
    tau_ref : Quantity, ms
        Refractory period; 5 ms by default.
    in_size, spk_fun, R, tau, V_rest, V_reset, V_th_inf, V_th_reset, a, b, k1, k2, R1, R2, A1, A2, V_initializer, method
        As in `GIF`.

    Warns
    -----
    PlausibilityWarning
        ``tau_ref`` is not a multiple of dt and is rounded.

    Notes
    -----
    This is ``GifRef`` of BrainPy.

    References
    ----------
    Mihalas and Niebur (2009), Neural Comput. 21:704.
    """
