"""What AMPA, GABAa and BioNMDA have in common: a spike releases a pulse of transmitter, which binds receptors."""

from __future__ import annotations

from typing import Any

from isospike import environ, math
from isospike.dynamics import duration_steps
from isospike.parameter import component, parameter
from isospike.state import HiddenState, ShortTermState
from isospike.synapse import Synapse
from isospike_models.initialisers.constant import Constant

__all__ = ["Pulsed"]

#: Unit of a rate of binding.
BINDING = "mM^-1*ms^-1"


class Pulsed(Synapse):
    """Base of kinetic synapses driven by pulses of transmitter.

    Subclasses declare ``T``, the concentration during a pulse, and ``T_dur``, its duration, which is rounded to
    whole steps. A pulse begins with the step in which its spike is delivered; a spike during a pulse starts its
    duration anew.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of presynaptic cells.
    g_initializer : Initializer
        Initial fraction of open channels, from 0 to 1; 0 by default.
    """

    is_linear = False

    T: Any = parameter(1.0, "mM", "concentration of transmitter during a pulse", positive=True, plausible=(1e-3, 100.0))
    T_dur: Any = parameter(1.0, "ms", "duration of a pulse", positive=True, plausible=(0.01, 100.0), trainable=False)
    g_initializer: Any = component(lambda: Constant(0.0), "initial fraction of open channels", accepts=Constant)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set g from its initialiser; there is no transmitter."""
        self.g = HiddenState(self.initial("g", None, batch_size))
        self.left = ShortTermState(math.zeros(self.g.value.shape, dtype="int32"))

    def released(self, spikes: Any) -> Any:
        """Take the spikes of this step (``None`` for none), and return where there is transmitter during it."""
        left = self.left.value
        if spikes is not None:
            steps = duration_steps(self.T_dur, f"{type(self).__name__}.T_dur")
            left = math.where(math.not_equal(spikes, 0), steps, left)
        self.left.value = math.maximum(left - 1, 0)
        return left > 0

    def bound(self, fraction: Any, transmitter: Any, alpha: Any, beta: Any) -> Any:
        """Return the fraction of bound receptors after the step: the exact solution at a constant concentration."""
        binding, dt = alpha * self.T, environ.get_dt()
        rate = binding + beta
        most = math.divide(binding, rate)
        during = most + (fraction - most) * math.exp(math.negative(math.multiply(rate, dt)))
        after = fraction * math.exp(math.negative(math.multiply(beta, dt)))
        return math.where(transmitter, during, after)

    def conductance(self) -> Any:
        """Return g, the fraction of open channels."""
        return self.g.value
