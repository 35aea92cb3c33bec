"""LIFRef: the leaky integrate-and-fire neuron with an absolute refractory period."""

from __future__ import annotations

from isospike_models.neurons.lif import LIF
from isospike_models.neurons.refractory import Refractory

__all__ = ["LIFRef"]


class LIFRef(Refractory, LIF):
    r"""Leaky integrate-and-fire neuron with an absolute refractory period.

    .. math:: \tau \frac{dV}{dt} = V_{rest} - V + R\,I(t, V) \quad \text{unless refractory}

    As `LIF`, but for n = round(tau_ref / dt) steps after a spike the potential is held at its value after the
    reset, no matter how strong the input, and no spike is emitted; input that arrives meanwhile is lost. A
    cell that spikes in step k can spike again in step k + n + 1 at the earliest. With the soft reset it may
    then do so at once, if it was left above threshold.

    The count is an integer State of its own: positive while refractory, zero when ready, and negative in the
    one step in which the cell spikes.

    Parameters
    ----------
    tau_ref : Quantity, ms
        Refractory period; 5 ms by default.
    in_size, spk_reset, spk_fun, R, tau, V_th, V_reset, V_rest, V_initializer, method
        As in `LIF`.

    Warns
    -----
    PlausibilityWarning
        ``tau_ref`` is not a multiple of dt and is rounded.

    References
    ----------
    Gerstner, Kistler, Naud and Paninski (2014), Neuronal Dynamics, section 1.3.
    """
