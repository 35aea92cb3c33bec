"""Physical units: the one door to brainunit, opened at the first use of a unit.

``import isospike`` loads neither brainunit nor its engine saiunit (they pull JAX and matplotlib where those
are installed). Everything else asks here: `split` a value into its mantissa and unit, `quantity` to join them
again, `convert` between scales. ``isospike.units.mV`` and ``brainunit.mV`` are the very same object.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache, wraps
from typing import Any, TypeVar

import numpy as np

from isospike.errors import StateError, UnitError
from isospike.graph.symbol import install_methods, install_operators

__all__ = [
    "as_code",
    "base_unit",
    "convert",
    "is_quantity",
    "parse_unit",
    "quantity",
    "rescale",
    "same_dimension",
    "scale_factor",
    "split",
    "unit_name",
]


F = TypeVar("F", bound=Callable[..., Any])


def _by_identity(function: F) -> F:
    """Remember a function of units by the identity of its arguments; brainunit's own comparisons take microseconds."""
    known: dict[tuple[int, ...], tuple[tuple[Any, ...], Any]] = {}

    @wraps(function)
    def remembered(*units: Any) -> Any:
        key = tuple(map(id, units))
        found = known.get(key)
        if found is None:
            if len(known) > 4096:
                known.clear()
            # The units are kept alive, so that no other object can take their identity.
            found = known[key] = (units, function(*units))
        return found[1]

    return remembered  # type: ignore[return-value]


@cache
def engine() -> Any:
    """Return saiunit, imported on first use; brainunit re-exports its objects but cannot be imported without JAX."""
    import saiunit

    return saiunit


def __getattr__(name: str) -> Any:
    """Return ``Quantity`` or a unit such as ``mV`` by name."""
    if name.startswith("__"):
        raise AttributeError(name)
    if name == "Quantity":
        return quantity_class()
    try:
        return getattr(engine(), name)
    except AttributeError:
        msg = f"isospike.units has no unit or name {name!r}"
        raise AttributeError(msg) from None


def is_quantity(x: object) -> bool:
    """Say whether ``x`` carries a unit; never loads the unit library."""
    loaded = sys.modules.get("saiunit")
    return loaded is not None and isinstance(x, getattr(loaded, "Quantity", ()))


def is_unit(x: object) -> bool:
    """Say whether ``x`` is a bare unit such as ``u.mV``."""
    loaded = sys.modules.get("saiunit")
    return loaded is not None and isinstance(x, getattr(loaded, "Unit", ()))


def split(x: Any) -> tuple[Any, Any]:
    """Return ``(mantissa, unit)``; the unit is ``None`` where there is none."""
    if is_quantity(x):
        unit = x.unit
        return x.mantissa, None if _is_unitless(unit) else unit
    if is_unit(x):
        return 1.0, x
    return x, None


def quantity(mantissa: Any, unit: Any) -> Any:
    """Return ``mantissa`` with ``unit`` as an `isospike.units.Quantity`, or bare where the unit is dimensionless."""
    if unit is None:
        return mantissa
    if unit.dim.is_dimensionless:
        factor = scale_factor(unit, engine().UNITLESS)
        return mantissa if factor == 1.0 else mantissa * factor
    return quantity_class()._of(mantissa, unit)


@_by_identity
def _is_unitless(unit: Any) -> bool:
    return bool(unit.is_unitless)


@_by_identity
def same_dimension(a: Any, b: Any) -> bool:
    """Say whether two units (``None`` is dimensionless) measure the same thing."""
    if a is None or b is None:
        return (a is None or a.dim.is_dimensionless) and (b is None or b.dim.is_dimensionless)
    return bool(a.has_same_dim(b))


def scale_factor(given: Any, wanted: Any) -> float:
    """Return the factor from one unit to another of the same dimension, correctly rounded."""
    unitless = None
    if given is None or wanted is None:
        unitless = engine().UNITLESS
    return _scale_factor(given or unitless, wanted or unitless)


@_by_identity
def _scale_factor(given: Any, wanted: Any) -> float:
    if given.base == wanted.base:
        exponent = Fraction(given.scale).limit_denominator(1000) - Fraction(wanted.scale).limit_denominator(1000)
        if exponent.denominator == 1:
            power = (
                Fraction(int(given.base)) ** int(exponent) if given.base == int(given.base) else given.base**exponent
            )
            return float(Fraction(given.factor) / Fraction(wanted.factor) * Fraction(power))
    return float(given.magnitude / wanted.magnitude)


_FEW = 1000  # values that are converted one by one, as decimals
_EXACT = 22  # the largest power of ten that a float64 holds exactly


def rescale(values: Any, given: Any, wanted: Any) -> Any:
    """Return float64 values converted between units of one dimension, as the decimal numbers they were written as.

    ``0.0011`` s is exactly ``1.1`` ms then; a quarter of such products of binary numbers miss it by a
    rounding. More than 1000 values are converted by one such product or quotient, for speed: each is within a
    rounding of the decimal number.
    """
    array = np.asarray(values, dtype=np.float64)
    exponent = _power_of_ten(given or engine().UNITLESS, wanted or engine().UNITLESS)
    if exponent is None:
        return np.asarray(array * scale_factor(given, wanted))
    if exponent == 0:
        return array
    if array.size > _FEW and abs(exponent) <= _EXACT:
        return np.asarray(array * 10.0**exponent if exponent > 0 else array / 10.0**-exponent)
    moved = [float(Decimal(repr(x)).scaleb(exponent)) for x in array.ravel().tolist()]
    return np.array(moved).reshape(array.shape)


@cache
def _power_of_ten(given: Any, wanted: Any) -> int | None:
    exponent = float(given.scale - wanted.scale)
    decimal = given.base == wanted.base == 10 and given.factor == wanted.factor and exponent.is_integer()
    return int(exponent) if decimal else None


def convert(x: Any, unit: Any, *, what: str) -> Any:
    """Return the mantissa of ``x`` in ``unit`` (``None`` for a pure number).

    Raises
    ------
    UnitError
        The dimensions differ; ``what`` names the value in the message.
    """
    mantissa, given = split(x)
    if not same_dimension(given, unit):
        name = unit_name(unit)
        example = "a plain number" if unit is None else f"a quantity in {name}, such as {as_code(1.0, name)}"
        msg = f"{what} has the unit {unit_name(given)}, expected {example}"
        raise UnitError(msg)
    if given is unit or (given is None and unit is None):
        return mantissa
    factor = scale_factor(given, unit)
    return mantissa if factor == 1.0 else mantissa * factor


def base_unit(unit: Any) -> Any:
    """Return the coherent SI unit of the same dimension, such as volt for mV; ``None`` for ``None``."""
    return None if unit is None else engine().Unit(unit.dim)


def unit_name(unit: Any) -> str:
    """Return the readable name of a unit, which `parse_unit` reads; ``None`` reads ``1 (dimensionless)``."""
    text = "" if unit is None else str(unit)
    if not text.isascii():  # such as angstrom, whose sign is on few keyboards
        text = str(unit.name)
    return text.replace("10.0^", "10^") or "1 (dimensionless)"


def as_code(number: float, unit: str) -> str:
    """Return a quantity as it is written in Python, such as ``8 * u.mV / u.ms`` for 8 and ``"mV/ms"``."""
    if unit in ("", "1"):
        return f"{number:g}"
    spaced = re.sub(r" *([*/]) *", r" \1 ", unit.replace("**", "^"))
    named = re.sub(r"[A-Za-z]\w*", lambda name: f"u.{_attribute(name[0])}", spaced).replace("^", "**")
    return f"{number:g}{named[1:]}" if named.startswith("1 /") else f"{number:g} * {named}"


def _attribute(name: str) -> str:
    """Return the name by which a unit is found in ``isospike.units``, such as ``volt`` for ``V``."""
    short = None if isinstance(getattr(engine(), name, None), engine().Unit) else _symbols().get(name)
    return name if short is None else str(short.name)


@cache
def parse_unit(text: str) -> Any:
    """Return the unit written as ``"mV"``, ``"mV/ms"``, ``"mS / cm^2"`` or ``"1/ms"``: the inverse of `unit_name`.

    Raises
    ------
    UnitError
        It is no product, quotient or power of units.
    """
    try:
        return _unit_of(ast.parse(text.strip().replace("^", "**"), mode="eval").body)
    except (SyntaxError, ValueError):
        msg = (
            f"{text!r} is not a unit that isospike knows; write for example 'ms', "
            "'mV', 'nS', 'pA', 'Mohm', 'Hz', 'mV/ms' or 'mS/cm^2'"
        )
        raise UnitError(msg) from None


def _unit_of(node: ast.expr) -> Any:
    match node:
        case ast.Name(id=name):
            return _named_unit(name)
        case ast.Constant(value=1):
            return engine().UNITLESS
        case ast.BinOp(left=ast.Constant(value=10), op=ast.Pow(), right=exponent):
            return engine().Unit(scale=_number(exponent))  # what brainunit puts before a unit that it has no name for
        case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
            return _unit_of(base) ** _number(exponent)
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Div(), right=right):
            return _unit_of(right) ** -1  # 1 / x as brainunit divides has no name
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _unit_of(left) * _unit_of(right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _unit_of(left) / _unit_of(right)
    raise ValueError


def _number(node: ast.expr) -> Any:
    found = ast.literal_eval(node)
    if not isinstance(found, int | float):
        raise ValueError
    return found


def _named_unit(name: str) -> Any:
    found = getattr(engine(), name, None)
    if not isinstance(found, engine().Unit):
        found = _symbols().get(name)
    if found is None:
        raise ValueError
    return found


@cache
def _symbols() -> dict[str, Any]:
    """Return units by the short forms that they print as, such as ``V`` for volt."""
    library = engine()
    return {str(unit): unit for unit in vars(library).values() if isinstance(unit, library.Unit)}


@cache
def quantity_class() -> Any:
    """Return the class ``isospike.units.Quantity``, made on first use."""

    class Quantity(engine().Quantity):  # type: ignore[misc]
        """A brainunit Quantity whose operators and methods are those of `isospike.math`.

        It works over symbolic arrays and over arrays of any library, and builds no error text before it is
        needed.
        """

        __slots__ = ()
        __hash__ = None  # type: ignore[assignment]

        @classmethod
        def _of(cls, mantissa: Any, unit: Any) -> Any:
            self = object.__new__(cls)
            self._mantissa = mantissa
            self._unit = unit
            return self

        def __getitem__(self, key: Any) -> Any:
            return _math().getitem(self, key)

        def __setitem__(self, key: Any, value: Any) -> None:
            if not getattr(getattr(self._mantissa, "flags", None), "writeable", False):
                msg = (
                    "the value of a State cannot be changed in place: assign a new one, as in "
                    "state.value = iso.math.where(mask, new, state.value)"
                )
                raise StateError(msg)
            self._mantissa[key] = convert(value, self._unit, what="the value that is assigned to an element")

        def __format__(self, spec: str) -> str:
            return _text(self, lambda x: format(x, spec))

        def __repr__(self) -> str:
            return _text(self, repr)

        def __str__(self) -> str:
            return _text(self, str)

    install_operators(Quantity)
    install_methods(Quantity)
    for name in ("iadd", "isub", "imul", "itruediv"):
        # An augmented assignment rebinds the name and leaves the State behind the value alone.
        setattr(Quantity, f"__{name}__", getattr(Quantity, f"__{name[1:]}__"))
    Quantity.__module__ = "isospike.units"
    return Quantity


def _text(x: Any, how: Callable[[Any], str]) -> str:
    from isospike.graph.symbol import Symbol

    data = x.mantissa.data if isinstance(x.mantissa, Symbol) else x.mantissa
    if data is None:
        return f'Quantity({x.mantissa!r}, "{unit_name(x.unit)}")'
    return how(engine().Quantity(data, unit=x.unit))


def _math() -> Any:
    import isospike.math

    return isospike.math
