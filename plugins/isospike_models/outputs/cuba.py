"""CUBA: current-based output."""

from __future__ import annotations

from typing import Any

from isospike.parameter import parameter
from isospike.synapse import Output

__all__ = ["CUBA"]


class CUBA(Output):
    r"""Current-based output.

    .. math:: I = s\,g

    Parameters
    ----------
    scale : Quantity or float, any unit
        Factor s; 1 V by default, which turns weights in mS into currents in mA. With weights that are
        currents, pass ``scale=1.0``.

    References
    ----------
    Vogels and Abbott (2005), J. Neurosci. 25:10786, the current-based network.
    """

    scale: Any = parameter(1.0, "V", "factor from synaptic variable to current", any_unit=True)

    def update(self, g: Any, V: Any) -> Any:
        """Return the current; the potential V does not matter."""
        del V
        return self.scale * g
