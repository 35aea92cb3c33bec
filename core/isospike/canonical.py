"""The canonical form of parameters: what is compared when projections share a synapse, and hashed in manifests."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

from isospike import units
from isospike.module import Module
from isospike.namespace import is_array
from isospike.state import State

__all__ = ["canonical", "digest"]


def canonical(value: Any) -> Any:
    """Return a hashable value that is equal exactly where two parameters are.

    Quantities are compared in base units by the bytes of their float64 values: 5 ms and 0.005 s are equal, and so
    are arrays of up to 1000 values. Larger ones are sure to be so only if they are written in one unit, see
    `isospike.units.rescale`. A trainable parameter equals only itself.
    """
    if isinstance(value, State):
        return ("state", id(value))
    if isinstance(value, Module):
        held = {name: vars(value)[name] for name in value.fields}
        sizes = tuple(getattr(value, "in_size", ()))
        return (type(value).__qualname__, sizes, tuple((k, canonical(v)) for k, v in sorted(held.items())))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return (type(value).__qualname__, *(canonical(getattr(value, f.name)) for f in dataclasses.fields(value)))
    if isinstance(value, (tuple, list)):
        return (type(value).__qualname__, *map(canonical, value))
    mantissa, unit = units.split(value)
    if is_array(mantissa):
        array = units.rescale(mantissa, unit, units.base_unit(unit))
        return (array.shape, array.tobytes(), "" if unit is None else str(unit.dim))
    if isinstance(value, (str, type(None))):
        return value
    return ("object", id(value))


def digest(data: Any) -> str:
    """Return the SHA-256 of JSON data, the same for equal data whatever the order of its keys."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
