"""The parameter hash: one name for one set of physics, however a file spells it."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.canonical import digest
from isospike.config.quantities import parse_quantity
from isospike.errors import ConfigError

__all__ = ["config_hash"]


def config_hash(resolved: Any) -> str:
    """Return ``"sha256:..."`` of a resolved configuration.

    Quantities are compared in base units to 12 digits, so ``"5 ms"`` and ``"0.005 s"`` are equal; the order
    of keys does not matter. Defaults are part of a resolved configuration: where one changes, the hash does.
    """
    return f"sha256:{digest(_normal(resolved))}"


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_normal(item) for item in value]
    if isinstance(value, str):
        return _normal_text(value)
    return value if value is None or isinstance(value, bool) else f"{value:.12g}"


def _normal_text(text: str) -> str:
    try:
        mantissa, unit = units.split(parse_quantity(text))
    except ConfigError:
        return text
    base = units.base_unit(unit)
    number = f"{float(units.rescale(mantissa, unit, base)):.12g}"
    return number if unit is None else f"{number} {unit.dim}"
