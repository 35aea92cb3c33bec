"""The neuron interface: a population that holds a membrane, integrates currents and emits spikes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isospike import units
from isospike.dynamics import Dynamics
from isospike.integrate import integrator
from isospike.synapse import Output, Synapse

__all__ = ["Neuron"]


class Neuron(Dynamics):
    """Base of all neuron models.

    A model declares its parameters, makes its States in ``init_state``, advances by one step in ``update(x)`` and tells in
    ``spike()`` which cells have just spiked.

    In each step the synapses that projections have aligned with the population are updated first, then the population
    itself; a spike is seen by the projections of the next step.
    """

    #: Unit of the input current ``x``; projections check that what they deliver can be read in it.
    input_unit = "mA"

    def __init__(self, in_size: Any, **parameters: Any) -> None:
        super().__init__(in_size, **parameters)
        self._aligned: list[tuple[Synapse, Output, str]] = []

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the input current ``x`` (zero by default) and return the spikes."""
        raise NotImplementedError

    def advance(self, *args: Any, **kwargs: Any) -> Any:
        """Update the aligned synapses, then the population."""
        for synapse, _, _ in self._aligned:
            synapse()
        return super().advance(*args, **kwargs)

    def align(self, synapse: Synapse, output: Output, label: str = "") -> tuple[Synapse, Output]:
        """Attach a synapse and its output, or return those attached already with equal parameters and label.

        Sharing is exact for synapses that are linear in their input: the sum of the inputs obeys the same equation.
        """
        for held, held_output, held_label in self._aligned:
            if held_label == label and held.same_parameters(synapse) and held_output.same_parameters(output):
                return held, held_output
        self._aligned.append((synapse, output, label))
        self.add_current_input(f"aligned {len(self._aligned)}", lambda V: output(synapse.conductance(), V))
        return synapse, output

    def input_current(self, x: Any, V: Any) -> Any:
        """Return ``x`` plus the currents of all projections at potential ``V``; ``None`` counts as zero."""
        return self.sum_current_inputs(units.quantity(0.0, units.parse_unit(self.input_unit)) if x is None else x, V)

    def integrate(self, derivative: Callable[..., Any], x: Any, *args: Any) -> Any:
        """Advance ``x`` by one step with the scheme of this model, ``exp_euler`` unless the model has ``method``."""
        return integrator(getattr(self, "method", "exp_euler"))(derivative, x, *args)
