"""The initialiser interface: initial values of a State or a weight, drawn on the host."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.random.host import HostRandom

__all__ = ["Initializer", "show"]


class Initializer:
    """Base of initialisers; subclasses are frozen dataclasses, called with a shape and a random stream."""

    def __call__(self, shape: tuple[int, ...], rng: HostRandom) -> Any:
        """Return float64 values (a quantity where the parameters have units)."""
        raise NotImplementedError

    def unit(self) -> Any:
        """Return the unit of the values, ``None`` for pure numbers."""
        return units.split(self((1,), HostRandom(0, "unit")))[1]


def show(value: Any) -> str:
    """Return a parameter for an initialiser's repr, such as ``-55. mV``."""
    mantissa, unit = units.split(value)
    number = f"{float(mantissa):g}" if getattr(mantissa, "ndim", 0) == 0 else f"array{list(mantissa.shape)}"
    number += "" if any(c in number for c in ".einf[") else "."
    return number if unit is None else f"{number} {units.unit_name(unit)}"
