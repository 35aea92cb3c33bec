"""CrossingNeuron: what neurons that draw their own action potential have in common."""

from __future__ import annotations

from typing import Any

from isospike.neuron import Neuron
from isospike.state import HiddenState

__all__ = ["CrossingNeuron"]


class CrossingNeuron(Neuron):
    """Base of neurons without a reset, whose spikes are the upward crossings of ``V_th``.

    A cell spikes in the step in which V crosses ``V_th``: it was below before the step, and is at or above it now. A
    model declares ``spk_fun``, ``V_th`` and ``V_initializer``, and begins its ``update`` with ``remember``.
    """

    spk_fun: Any
    V_th: Any
    V_initializer: Any
    #: Range of plausible initial potentials, in the unit of V.
    plausible: tuple[float, float] | None = (-500.0, 500.0)

    def check_parameters(self) -> None:
        """Refuse an initial potential in a wrong unit."""
        self.check_initializer("V", self.delta_unit)

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser."""
        V = self.initial("V", self.delta_unit, batch_size, plausible=self.plausible)
        self.V, self.V_before = HiddenState(V), HiddenState(V)

    def remember(self) -> Any:
        """Keep the present V as that before the step, and return it."""
        self.V_before.value = self.V.value
        return self.V.value

    def scale(self) -> Any:
        """Return the distance from the threshold at which the argument of the spike function is 1."""
        raise NotImplementedError

    def spike(self) -> Any:
        """Return 1 for the cells that crossed the threshold upwards in the last update."""
        before, now = (self.spk_fun((state.value - self.V_th) / self.scale()) for state in (self.V_before, self.V))
        return now * (1.0 - before)
