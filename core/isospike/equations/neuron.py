"""EquationNeuron: a population whose equations are a text."""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from isospike import environ, math, units
from isospike.equations.evaluate import Scope
from isospike.equations.schemes import advanced
from isospike.equations.start import Start, check_unit
from isospike.equations.system import INPUT, INPUT_GIVEN, System
from isospike.errors import ParameterError
from isospike.module import _ModuleType
from isospike.modulerepr import module_repr
from isospike.neuron import Neuron
from isospike.random import normal
from isospike.state import HiddenState

__all__ = ["EquationNeuron", "EquationType"]


class EquationType(_ModuleType):
    """The type of classes that are made of equations; a pickle of one holds what it was made of."""

    made_of: tuple[Any, ...]


class EquationNeuron(Neuron, metaclass=EquationType):
    """Base of the classes that `isospike.equations.from_equations` makes of a model without a threshold.

    One step integrates all States, each from the values before the step, and adds delta inputs to the potential.
    """

    system: ClassVar[System]
    method: str

    @classmethod
    def declared_states(cls) -> frozenset[str]:
        """Return the names of the States that the equations define."""
        return frozenset(cls.system.states)

    def assign_fields(self, given: dict[str, Any]) -> None:
        """Hold the parameters, of which the input current is none."""
        if INPUT in given:
            raise ParameterError(f"{type(self).__name__}({INPUT}=...): {INPUT_GIVEN}")
        super().assign_fields(given)

    def check_parameters(self) -> None:
        """Refuse an initial value in a wrong unit."""
        starts = self._starts()
        later = {name for name, start in starts.items() if isinstance(start, Start)}
        for name, start in starts.items():
            if isinstance(start, Start):
                start.check(self.system, later)
            else:
                check_unit(type(self).__name__, start, self.system.states[name])

    def init_state(self, batch_size: int | None = None) -> None:
        """Make the States: those that are drawn first, then those that are expressions of others."""
        starts = self._starts()
        drawn = {
            name: self.initial(name, s.unit_text, batch_size)
            for name, s in self.system.states.items()
            if not isinstance(starts[name], Start)
        }
        for name, value in drawn.items():
            setattr(self, name, HiddenState(value))
        scope = self._scope({name: getattr(self, name).value for name in drawn})
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        for name in (name for name in starts if name not in drawn):
            value, unit = scope.value(starts[name].node), self.system.states[name].unit
            value = units.quantity(units.convert(value, unit, what=name), unit)
            starts[name].require_finite(value)
            setattr(self, name, HiddenState(math.broadcast_to(value, shape)))

    def _starts(self) -> dict[str, Any]:
        return {name: getattr(self, f"{name}_initializer") for name in self.system.states}

    def _values(self) -> dict[str, Any]:
        """Return the present values of all States."""
        return {name: getattr(self, name).value for name in self.system.states}

    def _scope(self, known: Mapping[str, Any], part: float = 0.0) -> Scope:
        """Return what names stand for where these are known, a part of dt after the step began."""
        return Scope(self.system.rights, known, partial(self._given, part))

    def _given(self, part: float, name: str) -> Any:
        if name == "dt":
            return environ.get_dt()
        if name == "t":
            return (math.astype(self.clock.value, environ.float_dtype()) + part) * environ.get_dt()
        return getattr(self, name)

    def _advanced(self, now: Mapping[str, Any], x: Any) -> dict[str, Any]:
        """Return the values of all States one step after ``now`` under the input ``x``, delta inputs included."""
        self._require_input(x)
        constant = self._constant(now)

        def slope(name: str, values: Mapping[str, Any], part: float) -> Any:
            known, right = {**values, **constant}, self.system.states[name].right
            if INPUT in self.system.reached(right):
                known[INPUT] = self.input_current(x, values[self.system.potential])
            assert right is not None
            return self._scope(known, part).value(right)

        new = advanced(self.method, slope, now)
        new[self.system.potential] = self.sum_delta_inputs(new[self.system.potential])
        return new

    def _constant(self, now: Mapping[str, Any]) -> dict[str, Any]:
        """Return what does not change over the step: marked sub-expressions, and the noise."""
        system, scope = self.system, self._scope(now)
        known = {name: scope.value(system.rights[name]) for name in system.constant}
        for name in system.noises:
            drawn = normal(self, tuple(now[system.potential].shape))
            known[name] = drawn / math.sqrt(environ.get_dt())
        return known

    def _require_input(self, x: Any) -> None:
        if any(INPUT in self.system.reached(s.right) for s in self.system.states.values()):
            return
        if x is not None or self._aligned or self._currents:
            raise ParameterError(
                f"{type(self).__name__} {self.path!r} is given a current, but its equations have no {INPUT}: write it "
                f"where the current flows, as in dv/dt = (E_L - v + R*{INPUT}) / tau : mV"
            )

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` and return the potential."""
        self._store(self._advanced(self._values(), x))
        return getattr(self, self.system.potential).value

    def _store(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            getattr(self, name).value = value

    def __repr__(self) -> str:
        """Return the equations, and all that other modules show."""
        lines = "".join(f"# {line}\n" for line in type(self).system.description()["equations"].splitlines())
        return lines + module_repr(self)


def _reduce(cls: EquationType) -> Any:
    """Return what a pickle of a class holds: the texts that it was made of, or its name where it is a base."""
    from isospike.equations.building import made  # which makes subclasses of the classes of this file

    return (made, cls.made_of) if "made_of" in vars(cls) else cls.__qualname__


copyreg.pickle(EquationType, _reduce)
