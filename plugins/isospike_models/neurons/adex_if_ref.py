"""AdExIFRef: the adaptive exponential integrate-and-fire neuron with an absolute refractory period."""

from __future__ import annotations

from isospike_models.neurons.adex_if import AdExIF
from isospike_models.neurons.refractory import Refractory

__all__ = ["AdExIFRef"]


class AdExIFRef(Refractory, AdExIF):
    r"""Adaptive exponential integrate-and-fire neuron with an absolute refractory period.

    .. math::

        \tau \frac{dV}{dt} = V_{rest} - V + \Delta_T\, e^{(V - V_T) / \Delta_T} + R\,(I(t, V) - w)
        \quad \text{unless refractory}, \qquad
        \tau_w \frac{dw}{dt} = a\,(V - V_{rest}) - w

    As `AdExIF`, but for n = round(tau_ref / dt) steps after a spike the potential is held at ``V_reset``, no matter
    how strong the input, and no spike is emitted; input that arrives meanwhile is lost, and w goes on. A cell that
    spikes in step k can spike again in step k + n + 1 at the earliest. The steps are counted as in `LIFRef`.

    Parameters
    ----------
    tau_ref : Quantity, ms
        Refractory period; 5 ms by default.
    in_size, spk_fun, R, tau, tau_w, V_th, V_reset, V_rest, V_T, delta_T, a, b, V_initializer, method
        As in `AdExIF`.

    Warns
    -----
    PlausibilityWarning
        ``tau_ref`` is not a multiple of dt and is rounded.

    References
    ----------
    Brette and Gerstner (2005), J. Neurophysiol. 94:3637.
    """
