"""COBA: conductance-based output."""

from __future__ import annotations

from typing import Any

from isospike.parameter import parameter
from isospike.synapse import Output

__all__ = ["COBA"]


class COBA(Output):
    r"""Conductance-based output.

    .. math:: I = g\,(E - V)

    Parameters
    ----------
    E : Quantity, mV
        Reversal potential; 0 mV by default.

    References
    ----------
    Dayan and Abbott (2001), Theoretical Neuroscience, equation 5.29.
    """

    E: Any = parameter(0.0, "mV", "reversal potential", plausible=(-500.0, 500.0))

    def update(self, g: Any, V: Any) -> Any:
        """Return the current at conductance g and potential V."""
        return g * (self.E - V)
