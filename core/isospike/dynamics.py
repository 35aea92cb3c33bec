"""Dynamics: a population of something that evolves in time, with its shape, its parameters and its inputs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from isospike import environ, units
from isospike.drawing import Drawing
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.graph.trace import tracing
from isospike.initializer import Initializer
from isospike.module import Module, seed_of, structure_changed
from isospike.parameter import check_plausible
from isospike.random.host import HostRandom
from isospike.state import State, StateSpec
from isospike.warn import warn

__all__ = ["Description", "Dynamics", "Size", "as_size", "duration_steps"]

Size = int | tuple[int, ...]


class Dynamics(Drawing):
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
        self._delta = InputSlot(self)
        self._currents: dict[str, Callable[..., Any]] = {}
        self.assign_fields(parameters)
        self.check_parameters()

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; a parameter of a finished population must also agree with the others, or is not set."""
        held = vars(self).get(name)
        super().__setattr__(name, value)
        if name in self.fields and not self._open:
            try:
                self.check_parameters()
            except Exception:
                object.__setattr__(self, name, held)
                raise

    @classmethod
    def desc(cls, *args: Any, **kwargs: Any) -> Description:
        """Describe an instance that a projection makes; equal descriptions on one target share it."""
        return Description(cls, args, kwargs)

    def check_initializer(self, name: str, unit: str) -> None:
        """Refuse, when the model is built, an initialiser that will give a State values of another dimension.

        Raises
        ------
        UnitError
            ``self.<name>_initializer`` is not in a unit like ``unit``.
        """
        held = getattr(self, f"{name}_initializer")
        if isinstance(held, Initializer) and not units.same_dimension(held.unit, units.parse_unit(unit)):
            msg = (
                f"{type(self).__name__}({name}_initializer=...) is {held!r}, expected values that can be "
                f"read in {unit}: write Constant(0 * u.{unit})"
            )
            raise UnitError(msg)

    @property
    def varshape(self) -> tuple[int, ...]:
        """Shape of the population."""
        return self.in_size

    def drawn_shape(self) -> tuple[int, ...]:
        """Return the shape of the population."""
        return self.in_size

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.in_size)

    def initial(
        self, name: str, unit: Any, batch_size: int | None = None, *, plausible: tuple[float, float] | None = None
    ) -> Any:
        """Return initial values of a State from ``self.<name>_initializer``; a plain zero has every unit.

        Parameters
        ----------
        name : str
            Name of the State.
        unit : str, Unit or None
            What the State is held in, such as ``"mV"``; empty or ``None`` for a pure number.
        batch_size : int, optional
            Size of a leading batch axis.
        plausible : (float, float), optional
            Range in ``unit`` outside which a `PlausibilityWarning` is given.

        Raises
        ------
        UnitError
            The initialiser gives values of another dimension than ``unit``.
        ShapeError
            The initialiser holds an array that does not fit the population.
        ParameterError
            A value is not finite.
        """
        draw = getattr(self, f"{name}_initializer")
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        what = f"the initial value of {type(self).__name__}.{name} ({name}_initializer={draw!r})"
        try:
            value, given = units.split(draw(shape, HostRandom(seed_of(self), f"{self.path}.{name}")))
            mantissa = np.broadcast_to(np.asarray(value, dtype=np.float64), shape)
        except ValueError as error:
            msg = (
                f"{what} does not fit the shape {shape}: {error}. Pass one number, or an array of shape {self.in_size}"
            )
            raise ShapeError(msg) from error
        if not np.isfinite(mantissa).all():
            msg = f"{what} is not finite: check the parameters of the initialiser"
            raise ParameterError(msg)
        declared = units.parse_unit(unit) if isinstance(unit, str) and unit else unit or None
        if given is None and not mantissa.any():
            given = declared
        converted = units.convert(units.quantity(mantissa, given), declared, what=what)
        if plausible is not None:
            check_plausible(what, np.asarray(converted), units.unit_name(declared), plausible)
        return units.quantity(converted, declared)

    def add_current_input(self, name: str, function: Callable[..., Any]) -> None:
        """Let ``function`` contribute to ``sum_current_inputs``; it is called with what that is given.

        Raises
        ------
        ParameterError
            The name is taken.
        """
        if name in self._currents:
            msg = f"{type(self).__name__} {self.path!r} has a current input {name!r} already: give each its own name"
            raise ParameterError(msg)
        self._currents[name] = function
        structure_changed()

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
        # Written even where nothing waits, so that a compiled step knows that it depends on that.
        self._delta.value = None
        if held is None:
            return x
        try:
            return x + held
        except UnitError as error:
            msg = f"{type(self).__name__} {self.path!r} receives an input of the wrong unit: {error}"
            raise UnitError(msg) from error

    def clear_delta_inputs(self) -> None:
        """Forget the pending delta inputs."""
        self._delta.value = None

    def spike(self) -> Any:
        """Return 1 for the cells that spiked in the last update, else 0; spiking models override it."""
        msg = f"{type(self).__name__} {self.path!r} does not spike: it cannot be the presynaptic side of a projection"
        raise TypeError(msg)

    def prefetch(self, item: str) -> Any:
        """Return a module that reads a State or ``"spike"``, also of some time ago; see `isospike.delay.Prefetch`."""
        from isospike.delay import Prefetch

        return Prefetch(self, item)

    def get_spike(self) -> Any:
        """Return ``spike()``, also outside a transform."""
        if tracing():
            return self.spike()
        from isospike.transform.eager import call

        return call(self, "spike", (), {})


class InputSlot(State):
    """Inputs that wait, within a step, for the update of the population that receives them.

    Parameters
    ----------
    owner : Module
        The population whose update takes them; for a synapse, the population that it is aligned with.
    """

    _may_change = True

    def __init__(self, owner: Module) -> None:
        super().__init__()
        self.owner = owner

    def carry_error(self, before: StateSpec, after: StateSpec) -> str:
        """Explain that a target was not updated, in place of a change of structure."""
        del before, after
        name = f"{type(self.owner).__name__} {self.owner.path!r}"
        return (
            f"a projection sent input to {name}, which was not updated after it in the same step: call the "
            "population after its projections"
        )


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

    Raises
    ------
    ParameterError
        There are more steps than an int32 counts, or no number of them.
    """
    dt, unit = units.split(environ.get_dt())
    exact = np.asarray(units.convert(duration, unit, what=what), dtype=np.float64) / float(dt)
    steps = np.rint(exact)
    if not (abs(steps) < 2**31).all():
        msg = (
            f"{what} is {float(abs(steps).max()):g} steps of dt = {environ.get_dt()}, more than 2**31 - 1 "
            "that are counted: choose a shorter time, or a larger dt"
        )
        raise ParameterError(msg)
    if (abs(exact - steps) > 1e-6 * abs(exact)).any():
        worst = float(exact.flat[np.argmax(abs(exact - steps))])
        msg = (
            f"{what} is {worst:g} steps of dt = {environ.get_dt()}, rounded to {round(worst)}: choose a "
            "multiple of dt, or a smaller dt"
        )
        warn(msg)
    return steps.astype(np.int32)
