"""LIF: the leaky integrate-and-fire neuron."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ParameterError
from isospike.namespace import to_host
from isospike.neuron import Neuron
from isospike.parameter import choice, component, parameter
from isospike.state import HiddenState
from isospike.warn import warn
from isospike_models.initialisers.constant import Constant
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["LIF"]


class LIF(Neuron):
    r"""Leaky integrate-and-fire neuron.

    .. math:: \tau \frac{dV}{dt} = V_{rest} - V + R\,I(t, V)

    A cell spikes in the step in which V reaches ``V_th`` from below or lies above it; the reset is applied at
    the beginning of the next step: ``V -= V_th - V_reset`` (soft, keeps the overshoot) or ``V = V_reset``
    (hard). One step is: reset, integrate with exponential Euler (exact for a constant current), add delta
    inputs, test the threshold.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_reset : {"soft", "hard"}
        Kind of reset; ``"soft"`` by default.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - V_reset\|; ``ReluGrad()`` by default.
    R : Quantity, ohm
        Membrane resistance; 1 ohm by default.
    tau : Quantity, ms
        Membrane time constant; 5 ms by default.
    V_th, V_reset, V_rest : Quantity, mV
        Threshold (1 mV by default), reset and resting potential (0 mV by default).
    V_initializer : Initializer, mV
        Initial potential; ``Constant(0 * u.mV)`` by default.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``V_th`` equals ``V_reset``: a reset would change nothing.

    Warns
    -----
    PlausibilityWarning
        The cell starts above threshold, or its reset lies above it.

    References
    ----------
    Gerstner, Kistler, Naud and Paninski (2014), Neuronal Dynamics, section 1.3, equation 1.5. The soft reset
    follows Rueckauer et al. (2017), Front. Neurosci. 11:682.
    """

    spk_reset: str = choice("soft", ("soft", "hard"), "kind of reset")
    spk_fun: Any = component(ReluGrad, "spike function")
    R: Any = parameter(1.0, "ohm", "membrane resistance", positive=True)
    tau: Any = parameter(5.0, "ms", "membrane time constant", positive=True, plausible=(0.01, 5000.0))
    V_th: Any = parameter(1.0, "mV", "threshold", plausible=(-500.0, 500.0))
    V_rest: Any = parameter(0.0, "mV", "resting potential", plausible=(-500.0, 500.0))
    V_reset: Any = parameter(0.0, "mV", "reset potential", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(0.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def check_parameters(self) -> None:
        """Refuse a reset without effect and warn of cells that are above threshold from the start."""
        threshold, reset = (to_host(units.split(v)[0]) for v in (self.V_th, self.V_reset))
        if (threshold == reset).any():
            msg = (
                f"{type(self).__name__}(V_th={self.V_th}, V_reset={self.V_reset}): they are equal, so a "
                "reset would change nothing. Choose V_reset below V_th"
            )
            raise ParameterError(msg)
        above = [f"V_reset = {self.V_reset}"] if (reset > threshold).any() else []
        self.check_initializer("V", "mV")
        if isinstance(self.V_initializer, Constant):
            start = units.convert(self.V_initializer.value, units.parse_unit("mV"), what="V_initializer")
            if (np.asarray(start) >= threshold).any():
                above.append(f"the initial potential {self.V_initializer.value}")
        if above:
            msg = (
                f"{type(self).__name__}(V_th={self.V_th}): {' and '.join(above)} "
                f"{'lies' if len(above) == 1 else 'lie'} above the threshold, "
                "so the cell starts or stays above it and spikes at once. Pass V_reset, V_rest and "
                "V_initializer below V_th, such as V_reset=-65 * u.mV"
            )
            warn(msg)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser."""
        self.V = HiddenState(self.initial("V", "mV", batch_size, plausible=(-500.0, 500.0)))

    def dV(self, V: Any, x: Any) -> Any:
        """Return dV/dt under the input current x and the currents of all projections."""
        return (self.V_rest - V + self.R * self.input_current(x, V)) / self.tau

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        V = self.reset(self.V.value, self.spike())
        self.V.value = self.sum_delta_inputs(self.integrate(self.dV, V, x))
        return self.spike()

    def spike(self) -> Any:
        """Return 1 for the cells at or above threshold."""
        return self.spk_fun((self.V.value - self.V_th) / abs(self.V_th - self.V_reset))

    def reset(self, V: Any, spikes: Any) -> Any:
        """Return the potential after the reset of the cells that spiked."""
        if self.spk_reset == "soft":
            return V - (self.V_th - self.V_reset) * spikes
        return V * (1.0 - spikes) + self.V_reset * spikes
