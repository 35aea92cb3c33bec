"""Declared parameters of a model: default, unit, limits; checked when the model is built.

A model lists its parameters as class attributes; they become keyword arguments of its constructor. A parameter is one
number, an array with one per cell, an initialiser that draws these, or a State that is trained. Its value is converted
once to the declared unit as float64: ``5 * u.ms`` and ``0.005 * u.second`` give the same bits.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ParameterError, UnitError
from isospike.namespace import needs_gradient, to_host
from isospike.state import State
from isospike.surrogate import Surrogate
from isospike.warn import warn

__all__ = [
    "Choice",
    "Component",
    "Drawn",
    "Field",
    "Parameter",
    "check_plausible",
    "choice",
    "component",
    "parameter",
    "refuse_class",
]

REQUIRED = object()


class Field:
    """A declared constructor argument of a model; a descriptor that checks what is assigned."""

    name = ""
    default: Any = REQUIRED
    doc = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the attribute's name."""
        self.name = name

    def __get__(self, module: Any, owner: type | None = None) -> Any:
        """Return the checked value; on the class, the declaration."""
        if module is None:
            return self
        try:
            held = module.__dict__[self.name]
        except KeyError:
            raise AttributeError(self.name) from None  # Module.__getattr__ says the rest
        return held.value if isinstance(held, (State, Drawn)) else held

    def __set__(self, module: Any, value: Any) -> None:
        """Hold a checked value; being a data descriptor, the field also reads a State's value through ``__get__``."""
        module.__dict__[self.name] = value

    def check(self, module: Any, value: Any) -> Any:
        """Return the value to hold, or raise an error that names class and parameter."""
        raise NotImplementedError

    def default_for(self, module: Any) -> Any:
        """Return the default value."""
        return self.default

    def _title(self, module: Any) -> str:
        return f"{type(module).__name__}({self.name}=...)"


@dataclass(eq=False)
class Drawn:
    """A parameter that an initialiser draws, one value per cell; a population draws it anew when it is initialised.

    Parameters
    ----------
    source : Initializer
        What draws.
    value : Quantity or array
        Its last draw, checked.
    """

    source: Callable[..., Any]
    value: Any

    def __repr__(self) -> str:
        """Return that of the initialiser."""
        return repr(self.source)


class Parameter(Field):
    """A number with a unit; see `parameter`."""

    def __init__(
        self,
        default: float,
        unit: str,
        doc: str,
        *,
        positive: bool,
        nonnegative: bool,
        plausible: tuple[float, float] | None,
        any_unit: bool,
        trainable: bool,
    ) -> None:
        self.default = default
        self.unit = unit
        self.doc = doc
        self.positive = positive
        self.nonnegative = nonnegative
        self.plausible = plausible
        self.any_unit = any_unit
        self.trainable = trainable

    def unit_object(self) -> Any:
        """Return the declared unit; ``None`` for a pure number."""
        return units.parse_unit(self.unit) if self.unit else None

    def default_for(self, module: Any) -> Any:
        """Return the default as a quantity."""
        return units.quantity(self.default, self.unit_object())

    def check(self, module: Any, value: Any) -> Any:
        """Convert to the declared unit and check dimension, finiteness, sign, shape and plausibility."""
        if callable(value):
            return Drawn(value, self.check(module, self._draw(module, value)))
        held = value if isinstance(value, State) else None
        value = value.value if held is not None else value
        mantissa, given = units.split(value)
        self._check_training(module, held, mantissa)
        unit = given if self.any_unit else self.unit_object()
        array = self._numbers(module, mantissa)
        if not units.same_dimension(given, unit):
            raise UnitError(self._unit_message(module, value, given, unit))
        self._check_values(module, array, given)
        if given is not unit:
            array = np.array(units.rescale(array, given, unit))
        self._check_plausible(module, array)
        if held is not None:
            if needs_gradient(mantissa):  # it stays connected
                array = mantissa if given is unit else mantissa * units.scale_factor(given, unit)
            held.replace(units.quantity(array, unit))
            return held
        array.flags.writeable = False
        return units.quantity(array, unit)

    def _draw(self, module: Any, source: Callable[..., Any]) -> Any:
        draw = getattr(module, "draw", None)
        if draw is None:
            msg = (
                f"{self._title(module)} is {source!r}, which draws a value for each cell of a population, but "
                f"{type(module).__name__} is none: write {self.name}={self._example()}"
            )
            raise ParameterError(msg)
        return draw(self.name, source)

    def _check_training(self, module: Any, held: State | None, mantissa: Any) -> None:
        if held is not None and not self.trainable:
            msg = (
                f"{self._title(module)} is a {type(held).__name__}, but a step is compiled for one value of it, "
                f"so it cannot be trained: pass a plain quantity, such as {self._example()}"
            )
            raise ParameterError(msg)
        if held is None and needs_gradient(mantissa):
            msg = (
                f"{self._title(module)} is a tensor that needs a gradient, which a plain parameter does not have: "
                f"write {self.name}=iso.ParamState(...) around it"
            )
            raise ParameterError(msg)

    def _numbers(self, module: Any, mantissa: Any) -> np.ndarray:
        try:
            array = to_host(mantissa)
        except (TypeError, ValueError):  # lists of unequal lengths, or of quantities
            array = np.asarray(None)
        if array.dtype.kind not in "biuf":
            msg = (
                f"{self._title(module)} is given {mantissa!r}, expected a number or an "
                f"array{self._in_unit()}: write {self.name}={self._example()}"
            )
            raise ParameterError(msg)
        array = array.astype(np.float64)
        size = getattr(module, "in_size", None)
        if size is not None and array.shape != ():
            try:
                fits = np.broadcast_shapes(array.shape, size) == tuple(size)
            except ValueError:
                fits = False
            if not fits:
                msg = (
                    f"{self._title(module)} has shape {array.shape}, expected one number "
                    f"or an array of the population's shape {size}"
                )
                raise ParameterError(msg)
        return array

    def _check_values(self, module: Any, array: np.ndarray, given: Any) -> None:
        rule = "a finite number"
        bad = ~np.isfinite(array)
        if self.positive:
            rule, bad = "a positive number", bad | ~(array > 0)
        elif self.nonnegative:
            rule, bad = "zero or a positive number", bad | ~(array >= 0)
        if bad.any():
            worst = float(array[bad].flat[0])
            shown = f"{worst:g}" + (f" {given}" if given is not None else "")
            count = "" if array.ndim == 0 else f" (at {int(bad.sum())} of {array.size} places)"
            msg = f"{self._title(module)} is {shown}{count}, expected {rule}, such as {self._example()}"
            raise ParameterError(msg)

    def _check_plausible(self, module: Any, array: np.ndarray) -> None:
        if self.plausible is None:
            return
        check_plausible(self._title(module), array, self.unit, self.plausible)

    def _unit_message(self, module: Any, value: Any, given: Any, unit: Any) -> str:
        shown = "a number without a unit" if given is None else f"a quantity in {units.unit_name(given)}"
        wanted = (
            "a number without a unit" if unit is None else f"a quantity that can be read in {units.unit_name(unit)}"
        )
        return f"{self._title(module)} is {shown} ({value}), expected {wanted}: write {self.name}={self._example()}"

    def _in_unit(self) -> str:
        return f" in {self.unit}" if self.unit else ""

    def _example(self) -> str:
        return units.as_code(1.0 if self.default is REQUIRED else self.default, self.unit)


class Choice(Field):
    """One of a few words; see `choice`."""

    def __init__(self, default: str, options: Sequence[str], doc: str) -> None:
        self.default, self.options, self.doc = default, tuple(options), doc

    def check(self, module: Any, value: Any) -> str:
        """Return the word, or raise ``ParameterError`` listing the options."""
        if value not in self.options:
            listed = " or ".join(repr(o) for o in self.options)
            msg = f"{self._title(module)} is {value!r}, expected {listed}: write {self.name}={self.default!r}"
            raise ParameterError(msg)
        return str(value)


class Component(Field):
    """A part with behaviour, such as a surrogate or an initialiser; see `component`."""

    def __init__(self, default: Callable[[], Any], doc: str, accepts: Callable[[Any], Any] | None) -> None:
        self.factory, self.doc, self.accepts = default, doc, accepts
        self.default = default

    def default_for(self, module: Any) -> Any:
        """Return a new part."""
        return self.factory()

    def check(self, module: Any, value: Any) -> Any:
        """Return the part; a value that is no part is turned into one where the field says how."""
        refuse_class(self._title(module), value)
        if not callable(value) and self.accepts is not None:
            value = self.accepts(value)
        if isinstance(self.factory(), Surrogate) and not isinstance(value, Surrogate):
            msg = (
                f"{self._title(module)} is {value!r}, expected a surrogate, since a spike has no derivative of its own "
                f"to learn by: write {self.name}=iso.Sigmoid(), or derive a frozen dataclass from iso.Surrogate and "
                "define derivative(self, x)"
            )
            raise ParameterError(msg)
        if not callable(value):
            msg = f"{self._title(module)} is {value!r}, expected an object that can be called"
            raise ParameterError(msg)
        return value


def refuse_class(title: str, value: Any) -> None:
    """Refuse a class where an object of it is expected, and show how one is made.

    Raises
    ------
    ParameterError
        The message begins with ``title``.
    """
    if isinstance(value, type):
        import isospike

        name = value.__name__
        known = "iso." if getattr(isospike, name, None) is value else ""
        needed = [p.name for p in inspect.signature(value).parameters.values() if p.default is p.empty]
        msg = f"{title} is the class {name}, expected an object of it: write {known}{name}({', '.join(needed)})"
        raise ParameterError(msg)


def check_plausible(what: str, values: np.ndarray, unit: str, usual: tuple[float, float]) -> None:
    """Give a `PlausibilityWarning` that names ``what`` where a value lies outside the usual range, in ``unit``."""
    low, high = usual
    outside = (values < low) | (values > high)
    if outside.any():
        worst = float(values[outside].flat[0])
        warn(
            f"{what} is {worst:g} {unit}, outside the usual range of {low:g} to {high:g} {unit}: check the unit "
            "(a slip of its prefix, such as mV for V?). It is used as given"
        )


def parameter(
    default: float,
    unit: str = "",
    doc: str = "",
    *,
    positive: bool = False,
    nonnegative: bool = False,
    plausible: tuple[float, float] | None = None,
    any_unit: bool = False,
    trainable: bool = True,
) -> Any:
    """Declare a physical parameter of a model: one number, one per cell, an initialiser that draws these, or a State.

    Parameters
    ----------
    default : float
        Default value, in ``unit``.
    unit : str
        Unit that the value is held in, such as ``"mV"``; empty for a pure number.
    doc : str
        What it is, for the model's page.
    positive, nonnegative : bool
        Refuse values that are not.
    plausible : (float, float), optional
        Range in ``unit`` outside which a `PlausibilityWarning` is given.
    any_unit : bool
        Accept a value of any dimension and keep its unit; the default is still in ``unit``.
    trainable : bool
        Accept a `ParamState`; False for what must be known when a step is traced, such as a number of steps.

    Examples
    --------
    ``tau: Quantity = parameter(5.0, "ms", "membrane time constant", positive=True)`` in the body of a model
    class.
    """
    return Parameter(
        default,
        unit,
        doc,
        positive=positive,
        nonnegative=nonnegative,
        plausible=plausible,
        any_unit=any_unit,
        trainable=trainable,
    )


def choice(default: str, options: Sequence[str], doc: str = "") -> Any:
    """Declare a parameter that is one of a few words, such as ``spk_reset``."""
    return Choice(default, options, doc)


def component(default: Callable[[], Any], doc: str = "", *, accepts: Callable[[Any], Any] | None = None) -> Any:
    """Declare a part with behaviour, such as ``spk_fun`` or ``V_initializer``; ``default`` is called to make one."""
    return Component(default, doc, accepts)
