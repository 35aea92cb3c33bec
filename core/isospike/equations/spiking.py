"""SpikingEquationNeuron: a population whose equations, threshold and reset are texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isospike import math, units
from isospike.dynamics import duration_steps
from isospike.equations.firing import comparisons, spikes
from isospike.equations.functions import OPERATORS
from isospike.equations.neuron import EquationNeuron
from isospike.equations.nodes import Name, Node, Operation
from isospike.errors import ParameterError
from isospike.graph.trace import tracing
from isospike.namespace import to_host
from isospike.state import HiddenState, ShortTermState
from isospike.warn import warn

__all__ = ["SpikingEquationNeuron"]


class SpikingEquationNeuron(EquationNeuron):
    """Base of the classes that `isospike.equations.from_equations` makes of a model with a threshold.

    One step is: reset the cells that spiked in the step before, integrate all States, each from the values before the
    step, add delta inputs to the potential, test the threshold. A model without a reset spikes where the condition
    becomes true.
    """

    spk_fun: Any

    @classmethod
    def declared_states(cls) -> frozenset[str]:
        """Return the names of the States."""
        further = {f"{name}_before" for name in cls.system.remembered}
        return super().declared_states() | further | ({"refractory"} if cls.system.refractory else set())

    def check_parameters(self) -> None:
        """Refuse a reset that leaves a cell at its threshold."""
        super().check_parameters()
        assert self.system.threshold is not None
        for comparison in comparisons(self.system.threshold):
            # One that depends on States is measured where it is used.
            if (width := self._width(comparison)) is not None and (to_host(units.split(width)[0]) == 0).any():
                raise ParameterError(
                    f"{type(self).__name__}: after '{'; '.join(map(str, self.system.reset))}' a cell is where "
                    f"'{comparison}' changes, so a reset would change nothing: choose another reset or threshold. If "
                    'it is meant so, say what the distance from the threshold is measured in, as in scale="1*mV"'
                )

    def init_state(self, batch_size: int | None = None) -> None:
        """Make the States; every cell is ready."""
        super().init_state(batch_size)
        for name in self.system.remembered:
            setattr(self, f"{name}_before", HiddenState(getattr(self, name).value))
        if self.system.refractory:
            shape = getattr(self, self.system.potential).value.shape
            self.refractory = ShortTermState(math.zeros(shape, dtype="int32"))
        if self.system.reset and not tracing():
            self._warn_of_start()

    def _warn_of_start(self) -> None:
        """Warn of cells that start beyond the threshold: the first step resets them, and no spike is recorded."""
        if to_host(self._holds(self._values())).any():
            threshold, starts = self.system.threshold, self._starts()
            state = next(name for name in starts if name in self.system.reached(threshold))
            warn(
                f"{type(self).__name__} {self.path!r}: cells start where '{threshold}' holds, so the first step resets "
                f"them and no spike is recorded: start them elsewhere, by another {state}_initializer than "
                f"{starts[state]!r}"
            )

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` and return the spikes."""
        now = self._values()
        for name in self.system.remembered:
            getattr(self, f"{name}_before").value = now[name]
        if self.system.reset:
            now = self._after_reset(now, self.spike())
        new = self._advanced(now, x)
        self._store(self._refractory(now, new) if self.system.refractory else new)
        return self.spike()

    def spike(self) -> Any:
        """Return 1 for the cells that spiked in the last step."""
        fired = self._fired(self._values())
        if self.system.remembered:
            before = {name: getattr(self, f"{name}_before").value for name in self.system.remembered}
            fired = fired * (1.0 - self._fired({**self._values(), **before}))
        return fired * (self.refractory.value <= 0) if self.system.refractory else fired

    def _fired(self, values: Mapping[str, Any]) -> Any:
        assert self.system.threshold is not None
        return spikes(self.system.threshold, self._scope(values), self.spk_fun, self._width)

    def _width(self, comparison: Operation) -> Any:
        """Return the distance from the threshold that counts as 1, where it is told or the reset tells it."""
        node = self.system.scale
        if node is not None:
            return abs(self._scope({}).value(node))
        left, right = comparison.operands
        for state, threshold in ((left, right), (right, left)):
            for assignment in self.system.reset:
                if isinstance(state, Name) and assignment.target.name == state.name:
                    return self._jump(threshold, assignment.operator, assignment.right)
        return None

    def _jump(self, threshold: Node, operator: str, right: Node) -> Any:
        """Return how far from the threshold the reset leads, where parameters alone say so."""
        needed = self.system.reached(threshold) | self.system.reached(right)
        if operator not in ("=", "-=") or not needed.isdisjoint({*self.system.states, "t"}):
            return None
        scope = self._scope({})
        return abs(scope.value(threshold) - scope.value(right)) if operator == "=" else abs(scope.value(right))

    def _after_reset(self, now: dict[str, Any], fired: Any) -> dict[str, Any]:
        """Return the values after the assignments, in their order, of the cells that spiked."""
        for assignment in self.system.reset:
            name, right = assignment.target.name, self._scope(now).value(assignment.right)
            if assignment.operator in ("+=", "-="):
                new = OPERATORS[assignment.operator[0]](now[name], right * fired)
            else:
                whole = right if assignment.operator == "=" else OPERATORS[assignment.operator[0]](now[name], right)
                new = now[name] * (1.0 - fired) + whole * fired
            now = {**now, name: new}
        return now

    def _refractory(self, now: Mapping[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """Return the new values where a cell is ready; count the steps of those that are not.

        The count is positive while refractory, zero when ready, and negative in the one step in which the cell spikes.
        """
        name = self.system.refractory
        count = duration_steps(getattr(self, name), f"{type(self).__name__}.{name}")
        left = math.maximum(abs(self.refractory.value) - 1, 0)
        ready = left == 0
        new = {**new, **{name: math.where(ready, new[name], now[name]) for name in self.system.held}}
        fired = math.logical_and(ready, self._holds(new))
        if self.system.remembered:
            fired = math.logical_and(fired, math.logical_not(self._holds(now)))
        self.refractory.value = math.where(fired, -(count + 1), left)
        return new

    def _holds(self, values: Mapping[str, Any]) -> Any:
        assert self.system.threshold is not None
        return self._scope(values).value(self.system.threshold)
