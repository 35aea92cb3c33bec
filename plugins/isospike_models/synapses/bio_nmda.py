"""BioNMDA: slow excitatory receptors, as two kinetic steps driven by pulses of transmitter."""

from __future__ import annotations

from typing import Any

from isospike.integrate import exp_euler
from isospike.parameter import parameter
from isospike.state import HiddenState
from isospike_models.synapses.pulsed import BINDING, Pulsed

__all__ = ["BioNMDA"]


class BioNMDA(Pulsed):
    r"""NMDA receptors with a second-order rise, driven by pulses of transmitter.

    .. math::

        \frac{dg}{dt} = \alpha_1\,x\,(1 - g) - \beta_1\,g, \qquad
        \frac{dx}{dt} = \alpha_2\,[\mathrm{T}]\,(1 - x) - \beta_2\,x, \qquad
        [\mathrm{T}] = T \text{ for } T_{dur} \text{ after a spike, else } 0

    x is the fraction of bound receptors, g that of open channels of each presynaptic cell, both from 0 to 1; the
    weight is the conductance with all of them open, and the output `MgBlock`. One step is: start the pulse of a spike
    that arrived, advance x over dt exactly, then g exactly for the mean of the old and the new x: an error of the
    order of dt squared.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of presynaptic cells.
    alpha1, beta1 : Quantity, 1/ms
        Rates of opening and closing; 2 and 0.01 by default.
    alpha2 : Quantity, 1/(mM ms)
        Rate of binding; 1 by default.
    beta2 : Quantity, 1/ms
        Rate of unbinding; 0.5 by default.
    T : Quantity, mM
        Concentration of transmitter during a pulse; 1 mM by default.
    T_dur : Quantity, ms
        Duration of a pulse, rounded to whole steps; 0.5 ms by default.
    g_initializer : Initializer
        Initial fraction of open channels, from 0 to 1; 0 by default. x starts at 0.

    Notes
    -----
    The defaults are those of BrainPy. There g has the unit of the weights and saturates at 1 of whatever unit that
    is; here it is a fraction, as in the reference.

    References
    ----------
    Destexhe, Mainen and Sejnowski (1994), J. Comput. Neurosci. 1:195; `NMDA` is the form of Wang (1999).
    """

    alpha1: Any = parameter(2.0, "1/ms", "rate of opening", positive=True, plausible=(1e-4, 1e3))
    beta1: Any = parameter(0.01, "1/ms", "rate of closing", positive=True, plausible=(1e-5, 1e2))
    alpha2: Any = parameter(1.0, BINDING, "rate of binding", positive=True, plausible=(1e-4, 1e3))
    beta2: Any = parameter(0.5, "1/ms", "rate of unbinding", positive=True, plausible=(1e-4, 1e2))
    T: Any = parameter(1.0, "mM", "concentration of transmitter during a pulse", positive=True, plausible=(1e-3, 100.0))
    T_dur: Any = parameter(0.5, "ms", "duration of a pulse", positive=True, plausible=(0.01, 100.0), trainable=False)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set g from its initialiser; nothing is bound."""
        super().init_state(batch_size)
        self.x = HiddenState(0.0 * self.g.value)

    def dg(self, g: Any, x: Any) -> Any:
        """Return dg/dt at the fraction x of bound receptors."""
        return self.alpha1 * x * (1.0 - g) - self.beta1 * g

    def update(self, x: Any = None) -> Any:
        """Advance by one step with the spikes x (0 or 1) that arrive, and return g."""
        before = self.x.value
        self.x.value = self.bound(before, self.released(x), self.alpha2, self.beta2)
        self.g.value = exp_euler(self.dg, self.g.value, 0.5 * (before + self.x.value))
        return self.g.value
