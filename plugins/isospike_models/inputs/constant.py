"""ConstantInput: the same current in every step."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.dynamics import Dynamics
from isospike.parameter import parameter

__all__ = ["ConstantInput"]


class ConstantInput(Dynamics):
    r"""A current that is the same in every step.

    .. math:: x(t) = a

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population that it drives.
    amplitude : Quantity, mA
        Current into every cell, or one per cell; 0 mA by default.
    """

    amplitude: Any = parameter(0.0, "mA", "current", plausible=(-1e4, 1e4))

    @property
    def output_unit(self) -> Any:
        """Unit of what it gives."""
        return units.split(self.amplitude)[1]

    def update(self) -> Any:
        """Return the current of this step."""
        return self.amplitude
