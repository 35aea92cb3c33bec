"""Abstract values: the shape and dtype that a traced array has, and how dtypes combine.

The table here is the only place where isospike promotes dtypes. A lowering casts exactly as the graph says
and never relies on the promotion rules of its library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import environ
from isospike.errors import ParameterError, ShapeError
from isospike.namespace import is_foreign, to_host

__all__ = [
    "DTYPES",
    "Aval",
    "broadcast_shapes",
    "dtype_name",
    "host_kind",
    "is_floating",
    "promote",
    "rank",
    "require_fits",
]

# In the order of promotion: the result of two dtypes is the later one.
DTYPES = ("bool", "int32", "uint32", "float32", "float64")
_PYTHON: dict[Any, str] = {bool: "bool", int: "int32", float: "float64"}
_KIND_FLOOR = {"b": "bool", "i": "int32", "u": "uint32", "f": "float32"}


@dataclass(frozen=True, slots=True)
class Aval:
    """Shape and dtype of a value; ``str`` gives ``float32[100]``."""

    shape: tuple[int, ...]
    dtype: str

    def __str__(self) -> str:
        """Return the form used in messages and model pages."""
        return f"{self.dtype}[{', '.join(map(str, self.shape))}]"


def dtype_name(dtype: Any) -> str:
    """Return the name of a dtype of any library; 64-bit integers count as ``int32`` and half floats as ``float32``."""
    if dtype in _PYTHON:
        return environ.float_dtype() if dtype is float else _PYTHON[dtype]
    name = str(dtype).rsplit(".", 1)[-1].strip("'>")
    if name.startswith("float"):
        return "float64" if name == "float64" else "float32"
    if name.startswith("uint"):
        return "uint32"
    return "int32" if name.startswith("int") else name


def host_kind(value: Any) -> str:
    """Return the NumPy kind (``b i u f``) of a host value."""
    if type(value) is float:
        return "f"
    if is_foreign(value) and hasattr(value, "dtype"):
        # Asked for by name, as the data may be on a device, or part of a gradient.
        name = str(value.dtype).rsplit(".", 1)[-1]
        return "f" if "float" in name else name[0]
    return np.asarray(value).dtype.kind


def is_floating(dtype: str) -> bool:
    """Say whether a dtype is ``float32`` or ``float64``."""
    return dtype.startswith("float")


def promote(strong: Sequence[str], weak_kinds: Sequence[str] = ()) -> str:
    """Return the common dtype of traced operands and host constants.

    Host constants are weak: they take the dtype of the traced operands and raise only its kind, so that
    ``2.0 * spikes`` of a boolean array is of the working precision and ``2.0 * V`` keeps the dtype of ``V``.

    Parameters
    ----------
    strong : sequence of str
        Dtypes of the traced operands.
    weak_kinds : sequence of str
        NumPy kinds of the host constants.
    """
    best = max(strong, key=DTYPES.index, default="bool")
    for kind in weak_kinds:
        floor = environ.float_dtype() if kind == "f" and not is_floating(best) else _KIND_FLOOR.get(kind, best)
        if DTYPES.index(floor) > DTYPES.index(best):
            best = floor
    return best


def rank(dtype: str) -> int:
    """Return 0 for booleans, 1 for integers, 2 for floats: a value loses nothing in a dtype of higher rank."""
    return 0 if dtype == "bool" else 2 if is_floating(dtype) else 1


def require_fits(value: Any, dtype: str, what: str) -> None:
    """Raise ``ParameterError`` where an integer does not fit into an integer ``dtype``; others take any value."""
    if dtype not in ("int32", "uint32"):
        return
    array = to_host(value)
    limits = np.iinfo(dtype)
    if array.size and not (limits.min <= int(array.min()) and int(array.max()) <= limits.max):
        worst = int(array.max()) if int(array.max()) > limits.max else int(array.min())
        msg = f"{what} holds the integer {worst}, which does not fit into {dtype}: use a float, as in float(n)"
        raise ParameterError(msg)


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the broadcast shape of operands, or raise ``ShapeError`` naming them."""
    try:
        return tuple(np.broadcast_shapes(*shapes))
    except ValueError:
        given = " and ".join(str(s) for s in shapes)
        raise ShapeError(f"arrays of shapes {given} cannot be combined element by element") from None
