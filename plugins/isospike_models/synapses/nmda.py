"""NMDA: slow excitatory receptors that saturate, with a rise that each spike adds to."""

from __future__ import annotations

from typing import Any

from isospike import environ, math
from isospike.integrate import exp_euler
from isospike.parameter import component, parameter
from isospike.state import HiddenState
from isospike.synapse import Synapse
from isospike_models.initialisers.constant import Constant

__all__ = ["NMDA"]


class NMDA(Synapse):
    r"""NMDA receptors: slow channels that saturate.

    .. math::

        \frac{dg}{dt} = -\frac{g}{\tau_{decay}} + a\,x\,(1 - g), \qquad \frac{dx}{dt} = -\frac{x}{\tau_{rise}},
        \qquad x \leftarrow x + 1 \text{ at a spike}

    g is the fraction of open channels of each presynaptic cell, from 0 to 1, and the weight the conductance with all
    of them open: `AlignPreProj` multiplies them, and `MgBlock` is the output. One step is: advance g over dt, with the
    mean of x during it, and x exactly, then add the spikes that arrived to x; an event acts on g from the step after
    the one in which it is delivered, with an error of the order of dt squared.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of presynaptic cells.
    tau_decay : Quantity, ms
        Time constant of the decay; 100 ms by default.
    tau_rise : Quantity, ms
        Time constant of the rise; 2 ms by default.
    a : Quantity, 1/ms
        Rate of opening; 0.5 / ms by default.
    g_initializer : Initializer
        Initial fraction, from 0 to 1; 0 by default. x starts at 0.

    Notes
    -----
    Equations and defaults are those of Wang (1999), who calls g s and a alpha_s. For pulses of transmitter see
    `BioNMDA`.

    References
    ----------
    Wang (1999), J. Neurosci. 19:9587; Brunel and Wang (2001), J. Comput. Neurosci. 11:63.
    """

    is_linear = False

    tau_decay: Any = parameter(100.0, "ms", "time constant of the decay", positive=True, plausible=(1.0, 5000.0))
    tau_rise: Any = parameter(2.0, "ms", "time constant of the rise", positive=True, plausible=(0.01, 1000.0))
    a: Any = parameter(0.5, "1/ms", "rate of opening", positive=True, plausible=(1e-4, 1e3))
    g_initializer: Any = component(lambda: Constant(0.0), "initial fraction of open channels", accepts=Constant)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set g from its initialiser, and x to zero."""
        self.g = HiddenState(self.initial("g", None, batch_size))
        self.x = HiddenState(math.zeros(self.g.value.shape))

    def dg(self, g: Any, x: Any) -> Any:
        """Return dg/dt at x."""
        return self.a * x * (1.0 - g) - g / self.tau_decay

    def update(self, x: Any = None) -> Any:
        """Advance by one step with the spikes x that arrive, and return g."""
        steps = math.negative(environ.get_dt() / self.tau_rise)
        # The mean of an exponential decay over the step, which is exprel of it.
        self.g.value = exp_euler(self.dg, self.g.value, math.exprel(steps) * self.x.value)
        decayed = math.exp(steps) * self.x.value
        self.x.value = decayed if x is None else decayed + x
        return self.g.value

    def conductance(self) -> Any:
        """Return g, the fraction of open channels."""
        return self.g.value
