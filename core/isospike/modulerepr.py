"""The readable form of a module: class, sizes, parameters with units, States with dtype and shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isospike import units
from isospike.state import State

if TYPE_CHECKING:
    from isospike.module import Module

__all__ = ["module_repr", "value_repr"]


def module_repr(module: Module) -> str:
    """Return the module as its constructor call, with its States below the parameters."""
    lines = [f"{name}={_indent(text)}" for name, text in _entries(module)]
    body = ",\n".join(f"  {line}" for line in lines)
    return f"{type(module).__name__}(\n{body}\n)" if lines else f"{type(module).__name__}()"


def value_repr(value: Any) -> str:
    """Return a parameter's value: numbers in full, long arrays by shape, units by name."""
    mantissa, unit = units.split(value)
    if isinstance(mantissa, (np.ndarray, np.generic, float)):
        shown = _array(np.asarray(mantissa))
        return shown if unit is None else f'Quantity({shown}, "{units.unit_name(unit)}")'
    return value if isinstance(value, str) else repr(value)


def _entries(module: Module) -> list[tuple[str, str]]:
    held = {k: v for k, v in vars(module).items() if not k.startswith("_")}
    sizes = [
        (n, value_repr(getattr(module, n))) for n in ("in_size", "out_size") if n in held or n in vars(type(module))
    ]
    fields = [
        (n, _state(held[n]) if isinstance(held[n], State) else value_repr(held[n])) for n in module.fields if n in held
    ]
    rest = [
        (n, _state(v) if isinstance(v, State) else value_repr(v))
        for n, v in held.items()
        if n not in module.fields and n not in ("in_size", "out_size")
    ]
    return [*sizes, *fields, *rest]


def _state(state: State) -> str:
    return f"{type(state).__name__}(\n  value={state.spec.describe()}\n)"


def _array(array: np.ndarray) -> str:
    if array.ndim == 0:
        return np.array_str(array.reshape(1))[1:-1].strip()
    return np.array_str(array) if array.size <= 8 else f"{array.dtype}{list(array.shape)}"


def _indent(text: str) -> str:
    return text.replace("\n", "\n  ")
