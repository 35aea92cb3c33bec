"""LIFRef: the leaky integrate-and-fire neuron with an absolute refractory period."""

from __future__ import annotations

from typing import Any

from isospike import math
from isospike.dynamics import duration_steps
from isospike.parameter import parameter
from isospike.state import ShortTermState
from isospike_models.neurons.lif import LIF

__all__ = ["LIFRef"]


class LIFRef(LIF):
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

    tau_ref: Any = parameter(5.0, "ms", "refractory period", nonnegative=True, plausible=(0.0, 1000.0), trainable=False)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser; every cell is ready."""
        super().init_state(batch_size)
        self.refractory = ShortTermState(math.zeros(self.V.value.shape, dtype="int32"))

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        count = duration_steps(self.tau_ref, f"{type(self).__name__}.tau_ref")
        held = self.reset(self.V.value, self.spike())
        left = math.maximum(abs(self.refractory.value) - 1, 0)
        ready = left == 0
        V = math.where(ready, self.sum_delta_inputs(self.integrate(self.dV, held, x)), held)
        fired = math.logical_and(ready, self.V_th <= V)
        self.V.value = V
        self.refractory.value = math.where(fired, -(count + 1), left)
        return self.spike()

    def spike(self) -> Any:
        """Return 1 for the cells that are at or above threshold and not refractory."""
        return super().spike() * (self.refractory.value <= 0)
