"""AdQuaIFRef: the quadratic integrate-and-fire neuron with adaptation and an absolute refractory period."""

from __future__ import annotations

from isospike_models.neurons.ad_qua_if import AdQuaIF
from isospike_models.neurons.refractory import Refractory

__all__ = ["AdQuaIFRef"]


class AdQuaIFRef(Refractory, AdQuaIF):
    r"""Quadratic integrate-and-fire neuron with adaptation and an absolute refractory period.

    .. math::

        \tau \frac{dV}{dt} = c\,(V - V_{rest})(V - V_c) + R\,(I(t, V) - w) \quad \text{unless refractory}, \qquad
        \tau_w \frac{dw}{dt} = a\,(V - V_{rest}) - w

    As `AdQuaIF`, but for n = round(tau_ref / dt) steps after a spike the potential is held at ``V_reset``, no matter
    how strong the input, and no spike is emitted; input that arrives meanwhile is lost, and w goes on. A cell that
    spikes in step k can spike again in step k + n + 1 at the earliest. The steps are counted as in `LIFRef`.

    Parameters
    ----------
    tau_ref : Quantity, ms
        Refractory period; 5 ms by default.
    in_size, spk_fun, R, tau, tau_w, c, V_th, V_reset, V_rest, V_c, a, b, V_initializer, method
        As in `AdQuaIF`.

    Warns
    -----
    PlausibilityWarning
        ``tau_ref`` is not a multiple of dt and is rounded.

    References
    ----------
    Izhikevich (2010), Hybrid spiking models, Phil. Trans. R. Soc. A 368:5061.
    """
