"""AdExIFRef: the adaptive exponential integrate-and-fire neuron with an absolute refractory period."""

from __future__ import annotations

from typing import Any

from isospike import math
from isospike.dynamics import duration_steps
from isospike.parameter import parameter
from isospike.state import ShortTermState
from isospike_models.neurons.adex_if import AdExIF

__all__ = ["AdExIFRef"]


class AdExIFRef(AdExIF):
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

    tau_ref: Any = parameter(5.0, "ms", "refractory period", nonnegative=True, plausible=(0.0, 1000.0), trainable=False)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser and w to zero; every cell is ready."""
        super().init_state(batch_size)
        self.refractory = ShortTermState(math.zeros(self.V.value.shape, dtype="int32"))

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        count = duration_steps(self.tau_ref, f"{type(self).__name__}.tau_ref")
        held, w = self.reset(self.V.value, self.w.value, self.spike())
        left = math.maximum(abs(self.refractory.value) - 1, 0)
        ready = left == 0
        V = math.where(ready, self.advanced(held, x, w), held)
        fired = math.logical_and(ready, self.V_th <= V)
        self.V.value, self.w.value = V, self.integrate(self.dw, w, held)
        self.refractory.value = math.where(fired, -(count + 1), left)
        return self.spike()

    def spike(self) -> Any:
        """Return 1 for the cells that are at or above threshold and not refractory."""
        return super().spike() * (self.refractory.value <= 0)
