"""The interfaces of a synapse: spikes in, transmitter released, conductance out, current into the cell."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.canonical import canonical
from isospike.drawing import Drawing
from isospike.dynamics import Description, Dynamics
from isospike.state import State

__all__ = ["Output", "Release", "Synapse"]


class _Comparable:
    """Compares parameters by value, for sharing between projections."""

    fields: dict[str, Any]

    def same_parameters(self, other: object) -> bool:
        """Say whether ``other`` is of this class with parameters of equal value (5 ms equals 0.005 s).

        Declared parameters and whatever else ``__init__`` keeps are compared; what cannot be compared by
        value differs.
        """
        return type(self) is type(other) and self._compared() == other._compared()

    def _compared(self) -> dict[str, Any]:
        kept = {
            k: v for k, v in vars(self).items() if k in self.fields or not (k.startswith("_") or isinstance(v, State))
        }
        return {k: canonical(v) for k, v in kept.items()}


class Synapse(_Comparable, Dynamics):
    """Base of synapse models: filters the events that arrive into a conductance (or current) over time.

    A synapse is held per postsynaptic cell (AlignPost), where its input is the weighted sum of arriving spikes, or
    per presynaptic cell (AlignPre), where its input are the spikes and its variable is a number that the weights
    multiply.
    """

    #: Whether a sum of inputs gives the sum of the responses, so that one synapse can stand for all of a cell.
    is_linear = True
    _unit: Any = "mS"

    @property
    def unit(self) -> Any:
        """Unit of the synaptic variable, that of the weights that arrive; ``None`` for a pure number."""
        return units.parse_unit(self._unit) if isinstance(self._unit, str) else self._unit

    @unit.setter
    def unit(self, unit: Any) -> None:
        self._unit = unit

    def same_parameters(self, other: object) -> bool:
        """Compare as above, and the physical dimension of the synaptic variable."""
        if not super().same_parameters(other):
            return False
        assert isinstance(other, Synapse)
        return units.same_dimension(self.unit, other.unit)

    def conductance(self) -> Any:
        """Return the present synaptic variable, after this step's update."""
        raise NotImplementedError


class Release(Dynamics):
    """Base of short-term plasticity: the transmitter that the spikes of each presynaptic cell release.

    ``update(spikes)`` returns 0 where there is no spike, and the amount released where there is one; at rest it
    releases nothing, and its state stays.
    """


class Output(_Comparable, Drawing):
    """Base of output models: turns a synaptic variable and the membrane potential into a current.

    Parameters
    ----------
    **parameters
        The parameters that the class declares, by keyword.
    """

    #: Shape of the population that it drives, known once it is attached; until then a drawn parameter is one number.
    _size: tuple[int, ...] = ()

    def __init__(self, **parameters: Any) -> None:
        self.assign_fields(parameters)

    def drawn_shape(self) -> tuple[int, ...]:
        """Return the shape of the population that it drives."""
        return self._size

    @classmethod
    def desc(cls, **kwargs: Any) -> Description:
        """Describe an instance to be made by a projection."""
        return Description(cls, (), kwargs)  # type: ignore[arg-type]

    def update(self, g: Any, V: Any) -> Any:
        """Return the current that flows into the cell."""
        raise NotImplementedError

    def current_unit(self, weight_unit: Any) -> Any:
        """Return the unit of the current that a weight of this unit gives rise to."""
        one = units.quantity(1.0, weight_unit)
        return units.split(self.update(one, units.quantity(0.0, units.parse_unit("mV"))))[1]
