"""Dynamics: a population of something that evolves in time, with its shape, its parameters and its inputs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from isospike import environ, units
from isospike.errors import ParameterError, PlausibilityWarning, ShapeError, UnitError
from isospike.graph.trace import tracing
from isospike.hostrandom import HostRandom
from isospike.module import Module
from isospike.state import State, StateSpec

__all__ = ["Description", "Dynamics", "Size", "as_size", "duration_steps"]

Size = int | tuple[int, ...]


class Dynamics(Module):
    """Base of neurons, synapses and other populations.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    **parameters
        The parameters that the class declares, by keyword.

    Raises
    ------
    ParameterError, UnitError, UnknownNameError
        A parameter has a wrong sign, shape or unit, or does not exist.
    """

    def __init__(self, in_size: Size, **parameters: Any) -> None:
        self.in_size = as_size(in_size, f"{type(self).__name__}(in_size=...)")
        self.out_size = self.in_size
        self._delta = InputSlot()
        self._currents: dict[str, Callable[..., Any]] = {}
        self.assign_fields(parameters)
        self.check_parameters()

    @classmethod
    def desc(cls, *args: Any, **kwargs: Any) -> Description:
        """Describe an instance to be made by a projection; equal descriptions on one target share one instance."""
        return Description(cls, args, kwargs)

    def check_parameters(self) -> None:
        """Check parameters against each other; override it where some combination is refused or unlikely."""

    @property
    def varshape(self) -> tuple[int, ...]:
        """Shape of the population."""
        return self.in_size

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.in_size)

    def initial(self, name: str, unit: str, batch_size: int | None = None, initializer: Callable[..., Any] | None = None) -> Any:
        """Return initial values of a State from its initialiser, ``self.<name>_initializer`` unless given.

        Raises
        ------
        UnitError
            The initialiser gives values of another dimension than ``unit``.
        """
        draw = initializer or getattr(self, f"{name}_initializer")
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        value = draw(shape, HostRandom(environ.get("seed"), f"{self.path}.{name}"))
        declared = units.parse_unit(unit) if unit else None
        what = f"the initial value of {type(self).__name__}.{name} ({name}_initializer={draw!r})"
        mantissa = units.convert(value, declared, what=what)
        if not np.isfinite(mantissa).all():
            msg = f"{what} is not finite: check the parameters of the initialiser"
            raise ParameterError(msg)
        return units.quantity(np.broadcast_to(np.asarray(mantissa, dtype=np.float64), shape), declared)

    def add_current_input(self, name: str, function: Callable[..., Any]) -> None:
        """Let ``function`` contribute to every ``sum_current_inputs``; it is called with what that method is given.

        Raises
        ------
        ParameterError
            The name is taken.
        """
        if name in self._currents:
            msg = f"{type(self).__name__} {self.path!r} has a current input {name!r} already: give each its own name"
            raise ParameterError(msg)
        self._currents[name] = function

    def sum_current_inputs(self, x: Any, *args: Any) -> Any:
        """Return ``x`` plus the contribution of every current input, each called with ``*args``."""
        for function in self._currents.values():
            x = x + function(*args)
        return x

    def add_delta_input(self, value: Any) -> None:
        """Add to what this population jumps by in its next update, in the unit of the variable that jumps."""
        held = self._delta.value
        self._delta.value = value if held is None else held + value

    def sum_delta_inputs(self, x: Any) -> Any:
        """Return ``x`` plus the pending delta inputs, and forget them."""
        held = self._delta.value
        if held is None:
            return x
        self._delta.value = None
        try:
            return x + held
        except UnitError as error:
            msg = f"{type(self).__name__} {self.path!r} receives an input of the wrong unit: {error}"
            raise UnitError(msg) from error

    def spike(self) -> Any:
        """Return 1 for the cells that spiked in the last update and 0 for the others; spiking models override it."""
        msg = f"{type(self).__name__} {self.path!r} does not spike: it cannot be the presynaptic side of a projection"
        raise TypeError(msg)

    def get_spike(self) -> Any:
        """Return ``spike()``, also outside a transform."""
        if tracing():
            return self.spike()
        from isospike.transform.eager import call

        return call(self, "spike", (), {})

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Advance by one step: ``update``, traced once and compiled where no transform does so already."""
        if self._delta.owner is None:
            self._delta.owner = self
        return super().__call__(*args, **kwargs)


class InputSlot(State):
    """Inputs that wait, within a step, for the update of the population that receives them."""

    _may_change = True
    owner: Dynamics | None = None

    def carry_error(self, before: StateSpec, after: StateSpec) -> str:
        """Explain that a target was not updated, in place of a change of structure."""
        del before, after
        name = "a population" if self.owner is None else f"{type(self.owner).__name__} {self.owner.path!r}"
        return f"a projection sent input to {name}, which was not updated in the same step: call the target population after its projections"


class Description:
    """A class and its arguments, to be instantiated by a projection; made by ``.desc(...)``."""

    def __init__(self, cls: type[Dynamics], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.cls, self.args, self.kwargs = cls, args, kwargs

    def build(self, size: Size | None = None) -> Any:
        """Return an instance, of the given size where the description has none."""
        if self.args or "in_size" in self.kwargs or size is None:
            return self.cls(*self.args, **self.kwargs)
        return self.cls(size, **self.kwargs)

    def __repr__(self) -> str:
        """Return the call that made it."""
        inner = [*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.kwargs.items())]
        return f"{self.cls.__name__}.desc({', '.join(inner)})"


def as_size(size: Any, what: str) -> tuple[int, ...]:
    """Return a population's shape as a tuple, or raise ``ShapeError`` naming ``what``."""
    shape = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    if not shape or not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n > 0 for n in shape):
        msg = f"{what} is {size!r}, expected a positive integer or a tuple of them, such as 100 or (28, 28)"
        raise ShapeError(msg)
    return tuple(int(n) for n in shape)


def duration_steps(duration: Any, what: str) -> np.ndarray:
    """Return a duration as a whole number of steps of ``dt``, int32, rounded to nearest.

    Warns
    -----
    PlausibilityWarning
        Rounding moves the duration by more than a millionth of itself.
    """
    dt, unit = units.split(environ.get_dt())
    exact = np.asarray(units.convert(duration, unit, what=what), dtype=np.float64) / float(dt)
    steps = np.rint(exact)
    if (abs(exact - steps) > 1e-6 * abs(exact)).any():
        worst = float(exact.flat[np.argmax(abs(exact - steps))])
        msg = f"{what} is {worst:g} steps of dt = {environ.get_dt()}, rounded to {round(worst)}: choose a multiple of dt, or a smaller dt"
        warnings.warn(msg, PlausibilityWarning, stacklevel=2)
    return steps.astype(np.int32)

