"""Membrane: what all neurons of NIR have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.dynamics import Size
from isospike.namespace import to_host
from isospike.neuron import Neuron
from isospike.parameter import parameter
from isospike.state import HiddenState
from isospike_nir.profiles import Exact, Profile

__all__ = ["Membrane"]


class Membrane(Neuron):
    """Base of the neurons of NIR: a potential V, which is the output where there is no threshold.

    The numbers of NIR are read in mV, mA, ohm and seconds. One step is that of a profile.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    profile : Profile
        How the equations become one step; `Exact` by default.
    r : Quantity, ohm
        Resistance R; 1 ohm by default.
    """

    r: Any = parameter(1.0, "ohm", "resistance")

    def __init__(self, in_size: Size, *, profile: Profile | None = None, **parameters: Any) -> None:
        self.profile = Exact() if profile is None else profile
        super().__init__(in_size, **parameters)

    def rest(self) -> Any:
        """Return the potential that it starts at."""
        return units.quantity(0.0, units.parse_unit("mV"))

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V to rest."""
        self.V = HiddenState(self.filled(self.rest(), batch_size))

    def filled(self, value: Any, batch_size: int | None) -> Any:
        """Return a quantity broadcast to the shape of the States."""
        mantissa, unit = units.split(value)
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        return units.quantity(np.broadcast_to(to_host(mantissa), shape), unit)

    def advanced(self, V: Any, x: Any) -> Any:
        """Return the potential one step after V under the input ``x`` (mA), before any spike."""
        raise NotImplementedError

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the potential."""
        V = self.V.value
        self.V.value = self.sum_delta_inputs(self.advanced(V, self.input_current(x, V)))
        return self.V.value
