"""AMPA: fast excitatory receptors, as a two-state kinetic scheme."""

from __future__ import annotations

from typing import Any

from isospike.parameter import parameter
from isospike_models.synapses.pulsed import BINDING, Pulsed

__all__ = ["AMPA"]


class AMPA(Pulsed):
    r"""AMPA receptors: channels that transmitter opens, and that saturate.

    .. math::

        \frac{dg}{dt} = \alpha\,[\mathrm{T}]\,(1 - g) - \beta\,g, \qquad
        [\mathrm{T}] = T \text{ for } T_{dur} \text{ after a spike, else } 0

    g is the fraction of open channels of each presynaptic cell, from 0 to 1, and the weight the conductance with all
    of them open: `AlignPreProj` multiplies them. One step is: start the pulse of a spike that arrived, then advance g
    over dt exactly.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of presynaptic cells.
    alpha : Quantity, 1/(mM ms)
        Rate of binding; 0.98 by default.
    beta : Quantity, 1/ms
        Rate of unbinding; 0.18 by default.
    T : Quantity, mM
        Concentration of transmitter during a pulse; 0.5 mM by default.
    T_dur : Quantity, ms
        Duration of a pulse, rounded to whole steps; 0.5 ms by default.
    g_initializer : Initializer
        Initial fraction, from 0 to 1; 0 by default.

    Notes
    -----
    The defaults are those of BrainPy, after Vijayan and Kopell (2012). There g has the unit of the weights and
    saturates at 1 of whatever unit that is; here it is a fraction, as in the references.

    References
    ----------
    Destexhe, Mainen and Sejnowski (1994), Neural Computation 6:14, equations 4 to 7; Vijayan and Kopell (2012), PNAS
    109:18553.
    """

    alpha: Any = parameter(0.98, BINDING, "rate of binding", positive=True, plausible=(1e-4, 1e3))
    beta: Any = parameter(0.18, "1/ms", "rate of unbinding", positive=True, plausible=(1e-4, 1e2))
    T: Any = parameter(0.5, "mM", "concentration of transmitter during a pulse", positive=True, plausible=(1e-3, 100.0))
    T_dur: Any = parameter(0.5, "ms", "duration of a pulse", positive=True, plausible=(0.01, 100.0), trainable=False)

    def update(self, x: Any = None) -> Any:
        """Advance by one step with the spikes x (0 or 1) that arrive, and return g."""
        self.g.value = self.bound(self.g.value, self.released(x), self.alpha, self.beta)
        return self.g.value
