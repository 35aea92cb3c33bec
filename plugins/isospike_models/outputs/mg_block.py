"""MgBlock: conductance-based output behind a magnesium block."""

from __future__ import annotations

from typing import Any

from isospike import math
from isospike.parameter import parameter
from isospike.synapse import Output

__all__ = ["MgBlock"]


class MgBlock(Output):
    r"""Conductance-based output of NMDA receptors, which magnesium blocks at low potentials.

    .. math:: I = \frac{g\,(E - V)}{1 + \frac{[\mathrm{Mg}]}{\beta}\,e^{\alpha\,(V_{offset} - V)}}

    Parameters
    ----------
    E : Quantity, mV
        Reversal potential; 0 mV by default.
    cc_Mg : Quantity, mM
        Concentration of magnesium outside; 1.2 mM by default, as in BrainPy.
    beta : Quantity, mM
        Concentration of half block at ``V_offset``; 3.57 mM by default (Jahr and Stevens).
    alpha : Quantity, 1/mV
        Steepness; 0.062 / mV by default (Jahr and Stevens).
    V_offset : Quantity, mV
        Potential of half block at [Mg] = beta; 0 mV by default.

    Notes
    -----
    The defaults of BrainPy are numbers without units, so that ``MgBlock()`` fails there on a potential in mV.

    References
    ----------
    Jahr and Stevens (1990), J. Neurosci. 10:3178, equation 4a.
    """

    E: Any = parameter(0.0, "mV", "reversal potential", plausible=(-500.0, 500.0))
    cc_Mg: Any = parameter(1.2, "mM", "concentration of magnesium", nonnegative=True, plausible=(0.0, 100.0))
    beta: Any = parameter(3.57, "mM", "concentration of half block", positive=True, plausible=(0.01, 1e3))
    alpha: Any = parameter(0.062, "1/mV", "steepness", nonnegative=True, plausible=(0.0, 10.0))
    V_offset: Any = parameter(0.0, "mV", "potential of half block", plausible=(-500.0, 500.0))

    def update(self, g: Any, V: Any) -> Any:
        """Return the current at conductance g and potential V."""
        return g * (self.E - V) / (1.0 + self.cc_Mg / self.beta * math.exp(self.alpha * (self.V_offset - V)))
