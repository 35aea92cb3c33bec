"""ExpIFRef: the exponential integrate-and-fire neuron with an absolute refractory period."""

from __future__ import annotations

from typing import Any

from isospike.parameter import parameter
from isospike_models.neurons.exp_if import ExpIF
from isospike_models.neurons.refractory import Refractory

__all__ = ["ExpIFRef"]


class ExpIFRef(Refractory, ExpIF):
    r"""Exponential integrate-and-fire neuron with an absolute refractory period.

    .. math::

        \tau \frac{dV}{dt} = V_{rest} - V + \Delta_T\, e^{(V - V_T) / \Delta_T} + R\,I(t, V)
        \quad \text{unless refractory}

    As `ExpIF`, but for n = round(tau_ref / dt) steps after a spike the potential is held at ``V_reset``, no matter
    how strong the input, and no spike is emitted; input that arrives meanwhile is lost. A cell that spikes in step k
    can spike again in step k + n + 1 at the earliest. The steps are counted as in `LIFRef`.

    Parameters
    ----------
    tau_ref : Quantity, ms
        Refractory period; 1.7 ms by default.
    in_size, spk_fun, R, tau, V_th, V_reset, V_rest, V_T, delta_T, V_initializer, method
        As in `ExpIF`.

    Warns
    -----
    PlausibilityWarning
        ``tau_ref`` is not a multiple of dt and is rounded.

    References
    ----------
    Fourcaud-Trocme, Hansel, van Vreeswijk and Brunel (2003), J. Neurosci. 23:11628.
    """

    tau_ref: Any = parameter(1.7, "ms", "refractory period", nonnegative=True, plausible=(0.0, 1000.0), trainable=False)
