"""Quantities as text, such as ``"20 ms"``: read by a grammar of one line, and never evaluated."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ConfigError, UnitError

__all__ = ["parse_quantity", "parse_time", "quantity_text", "read_value", "shown"]

_LONGEST = 80  # characters; longer text is no quantity, and is not searched for one
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_POWER = r"\^-?\d+(?:\.\d+)?"
_NAME = rf"[A-Za-z][A-Za-z0-9]*(?:{_POWER})?"
_TERM = rf"(?:{_NAME}|\({_NAME}(?:\s*\*\s*{_NAME})*\))"
# Of "0.02 1/ms"; without a space the 1 would be a digit. A power of ten is before units that have no name.
_HEAD = rf"(?:(?<=\s)(?:10{_POWER}\s*\*\s*)?(?:1\s*/\s*)?)?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*({_HEAD}{_TERM}(?:\s*[*/]\s*{_TERM})*)?", re.ASCII)


def parse_quantity(text: str) -> Any:
    """Return the quantity written as ``"20 ms"`` or ``"2 mV/ms"``; a float where no unit is given.

    Raises
    ------
    ConfigError
        The text is not a finite number followed by at most one unit.

    Examples
    --------
    >>> print(parse_quantity("-50 mV"))
    -50. mV
    """
    found = _QUANTITY.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    number = float(found.group(1)) if found else math.nan
    if found is None or not math.isfinite(number):
        msg = f'{shown(text)} is not a finite number with a unit, such as "20 ms", "-50 mV" or "2 mV/ms"'
        raise ConfigError(msg)
    name = found.group(2)
    return number if name is None else units.quantity(number, _unit(name))


def _unit(text: str) -> Any:
    try:
        return units.parse_unit(text)
    except UnitError as error:
        raise ConfigError(str(error)) from error


def parse_time(text: str) -> Any:
    """Return a positive time, such as ``"0.1 ms"``.

    Raises
    ------
    ConfigError
        It is not a time with a unit, or not positive.
    """
    value = parse_quantity(text)
    mantissa, unit = units.split(value)
    if not units.same_dimension(unit, units.parse_unit("ms")) or not mantissa > 0:
        msg = f'{shown(text)} is not a positive time with a unit, such as "1 s" or "0.1 ms"'
        raise ConfigError(msg)
    return value


def read_value(raw: Any) -> Any:
    """Return what a number, a text with a unit, or a list of them, stands for.

    Raises
    ------
    ConfigError
        It is of another kind, not finite, or mixes units.
    """
    if isinstance(raw, str):
        return parse_quantity(raw)
    if isinstance(raw, list):
        return _array([read_value(item) for item in raw])
    if not isinstance(raw, int | float) or not abs(raw) < 2**63:
        msg = f'{shown(raw)} is not a finite number, nor a text with a unit such as "20 ms"'
        raise ConfigError(msg)
    return raw


def _array(values: list[Any]) -> Any:
    unit = units.split(values[0])[1] if values else None
    if unit is None:
        return values
    try:
        numbers = [units.convert(value, unit, what="an entry of the list") for value in values]
    except UnitError as error:
        raise ConfigError(str(error)) from error
    return units.quantity(np.array(numbers, dtype=np.float64), unit)


def quantity_text(value: Any) -> str:
    """Return the text that `parse_quantity` reads as this scalar quantity, such as ``"20.0 ms"``."""
    mantissa, unit = units.split(value)
    number = repr(float(mantissa))
    return number if unit is None else f"{number} {units.unit_name(unit)}"


def shown(raw: Any) -> str:
    """Return a value of the file, as the file spells it and no longer than a line."""
    text = _spelled(raw)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 20]}... ({len(text)} characters)"


def _spelled(raw: Any) -> str:
    if isinstance(raw, dict):
        return "{ " + ", ".join(f"{key} = {_spelled(value)}" for key, value in raw.items()) + " }"
    if isinstance(raw, list):
        return "[" + ", ".join(map(_spelled, raw)) + "]"
    return f'"{raw}"' if isinstance(raw, str) else str(raw).lower() if isinstance(raw, bool) else _plain(raw)


def _plain(raw: Any) -> str:
    # str() refuses integers of thousands of digits, to which a file can well attain in hexadecimal.
    return hex(raw) if isinstance(raw, int) and raw.bit_length() > 256 else str(raw)
