"""The neuron interface: a population that holds a membrane, integrates currents and emits spikes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from isospike import units
from isospike.dynamics import Dynamics
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.graph.trace import current_trace
from isospike.integrate import integrator
from isospike.module import structure_changed
from isospike.synapse import Output, Synapse

__all__ = ["Neuron"]


class Neuron(Dynamics):
    """Base of all neuron models.

    A model declares its parameters, makes its States in ``init_state``, advances by one step in ``update(x)``
    and tells in ``spike()`` which cells have just spiked.

    In each step the synapses that projections have aligned with the population are updated first, then the
    population itself; a spike is seen by the projections of the next step.
    """

    #: Unit of the input current ``x``; projections check that what they deliver can be read in it.
    input_unit = "mA"
    #: Unit of the potential, which a delta input makes jump.
    delta_unit = "mV"

    def __init__(self, in_size: Any, **parameters: Any) -> None:
        super().__init__(in_size, **parameters)
        self._aligned: list[tuple[Synapse, Output, str | None]] = []

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the input current ``x`` (zero by default) and return the spikes."""
        raise NotImplementedError

    def _advance(self, *args: Any, **kwargs: Any) -> Any:
        """Update the aligned synapses, then the population."""
        for synapse, _, _ in self._aligned:
            # One that was not initialised but is given something says so itself.
            if self._hears(synapse) or synapse._delta.value is not None:
                synapse()
        return super()._advance(*args, **kwargs)

    def align(self, synapse: Synapse, output: Output, label: str | None = "") -> tuple[Synapse, Output]:
        """Attach a synapse and its output, or return those attached already with equal parameters and label.

        Sharing is exact for synapses that are linear in their input: the sum of the inputs obeys the same
        equation.

        Parameters
        ----------
        synapse, output : Synapse, Output
            What is attached.
        label : str or None
            Only what has the same label is shared; ``None`` shares nothing.

        Raises
        ------
        ParameterError
            This very synapse is attached already: it would be updated twice in a step.
        """
        for held, held_output, held_label in self._aligned:
            if (
                label is not None
                and held_label == label
                and held.same_parameters(synapse)
                and held_output.same_parameters(output)
            ):
                return held, held_output
        name = type(synapse).__name__
        if synapse._delta.owner is not synapse:
            msg = (
                f"this {name} is the synapse of another projection already and would be updated twice in a step: "
                "make one for "
                f"each projection, or pass syn={name}.desc(...) to all, which share one where they can"
            )
            raise ParameterError(msg)
        synapse._delta.owner, output._size = self, self.in_size
        self._aligned.append((synapse, output, label))
        structure_changed()
        return synapse, output

    def _hears(self, synapse: Synapse) -> bool:
        """Say whether an aligned synapse is of a network that runs: not of a projection that was thrown away."""
        clock, trace = synapse._clock, current_trace()
        if clock is None:
            return not synapse.declared_states()
        return clock is self._clock or (trace is not None and clock in trace.clocks)

    def sum_current_inputs(self, x: Any, *args: Any) -> Any:
        """Return ``x`` plus every current input and the currents of the aligned synapses, at ``V`` as in ``*args``."""
        x = super().sum_current_inputs(x, *args)
        for synapse, output, _ in self._aligned:
            if self._hears(synapse):
                x = x + output(synapse.conductance(), *args)
        return x

    def input_current(self, x: Any, V: Any) -> Any:
        """Return ``x`` plus the currents of all projections at potential ``V``; ``None`` counts as zero.

        Raises
        ------
        UnitError
            ``x`` is not in ``input_unit``.
        ShapeError
            ``x`` does not fit the population.
        """
        unit = units.parse_unit(self.input_unit)
        if x is None:
            return self.sum_current_inputs(units.quantity(0.0, unit), V)
        mantissa, given = units.split(x)
        title = f"{type(self).__name__} {self.path!r} is given an input"
        if not units.same_dimension(given, unit):
            msg = (
                f"{title} in {units.unit_name(given)}, expected one in "
                f"{self.input_unit}: write neuron({units.as_code(25, self.input_unit)})"
            )
            raise UnitError(msg)
        shape = tuple(np.shape(mantissa)) if not hasattr(mantissa, "shape") else tuple(mantissa.shape)
        if not _fits(shape, tuple(V.shape)):
            msg = f"{title} of shape {shape}, expected one number or an array that broadcasts to {tuple(V.shape)}"
            raise ShapeError(msg)
        return self.sum_current_inputs(x, V)

    def integrate(self, derivative: Callable[..., Any], x: Any, *args: Any) -> Any:
        """Advance ``x`` by one step with the scheme ``method`` of this model, or ``exp_euler``."""
        return integrator(getattr(self, "method", "exp_euler"))(derivative, x, *args)


def _fits(given: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(given, shape) == shape
    except ValueError:
        return False
