"""Arguments of traced functions: arrays in, symbols inside, quantities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import environ, tree, units
from isospike.errors import TraceError
from isospike.graph.aval import DTYPES, Aval, dtype_name, is_floating, require_fits
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, apply
from isospike.namespace import is_array, needs_gradient, to_host

__all__ = ["Leaf", "Signature", "as_step", "describe", "describe_steps", "dress"]

# A time within this fraction of itself (and of a step) of a multiple of dt is that multiple.
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Leaf:
    """One array argument: what the graph sees, its unit, and whether it is a time kept as an integer step."""

    aval: Aval
    unit: Any
    is_step: bool = False

    def symbol(self, trace: Trace, array: Any) -> tuple[Symbol, Any]:
        """Return the input symbol and what the traced function is given; the array is for somebody who debugs."""
        symbol = trace.symbol(self.aval)
        trace.reveal(symbol.value, array)
        return symbol, self.dress(symbol)

    def dress(self, symbol: Any) -> Any:
        """Return what the traced function is given for an input symbol."""
        if not self.is_step:
            return units.quantity(symbol, self.unit)
        dt, dt_unit = units.split(environ.get_dt())
        factor = units.scale_factor(dt_unit, self.unit)
        time = apply(op("step_time"), symbol, np.float64(dt) if factor == 1.0 else np.float64(dt) * factor)
        return units.quantity(time, self.unit)


@dataclass(frozen=True)
class Signature:
    """Structure and leaves of all arguments; equal signatures trace to equal graphs."""

    structure: Any
    leaves: tuple[Leaf, ...]


def describe(arguments: Any, *, stacked: bool = False, times: bool = True) -> tuple[Signature, list[Any]]:
    """Return the signature of arguments and their bare arrays.

    Parameters
    ----------
    arguments : nested dicts, tuples and lists of arrays
        What the traced function is called with.
    stacked : bool
        The first axis of each array counts the steps of a loop; a grid of times ``start + i * dt`` is then
        kept as integers.
    times : bool
        Whether a time on the grid of dt is kept as an integer step at all; a carry is not.
    """
    leaves, structure = tree.flatten(arguments)
    described = [_leaf(x, stacked, times) for x in leaves]
    return Signature(structure, tuple(d[0] for d in described)), [d[1] for d in described]


def as_step(times: Any) -> np.ndarray | None:
    """Return the integer steps of times that lie on the grid of dt, or ``None``.

    Float32 times drift (near 100 s their steps range from 0.094 to 0.102 ms); each is moved to the grid point
    that it misses by less than a millionth of itself.
    """
    mantissa, unit = units.split(times)
    dt = environ.get("dt", None)
    if unit is None or dt is None or needs_gradient(mantissa) or not units.same_dimension(unit, units.split(dt)[1]):
        return None
    number, dt_unit = units.split(dt)
    exact = np.asarray(to_host(mantissa), dtype=np.float64) * units.scale_factor(unit, dt_unit) / float(number)
    if exact.size == 0 or not np.isfinite(exact).all() or abs(exact).max() > 2**31 - 2:
        return None
    flat = exact.reshape(-1)
    steps = np.rint(flat[0]) + np.arange(flat.size)
    if (abs(flat - steps) > _TOLERANCE * np.maximum(abs(steps), 1.0)).any():
        return None
    result: np.ndarray = steps.astype(np.int32).reshape(exact.shape)
    return result


def describe_steps(start: int, n_steps: int) -> tuple[Signature, list[Any]]:
    """Return what `describe` would for the times of ``n_steps`` steps from ``start``, without making them."""
    leaf = Leaf(Aval((n_steps,), "int32"), units.split(environ.get_dt())[1], is_step=True)
    return Signature(("tuple", (tree.LEAF,)), (leaf,)), [range(start, start + n_steps)]


def dress(structure: Any, leaf_units: Sequence[Any], arrays: Sequence[Any]) -> Any:
    """Return arrays in their structure with their units."""
    return tree.unflatten(structure, [units.quantity(a, u) for a, u in zip(arrays, leaf_units, strict=True)])


def _leaf(value: Any, stacked: bool, times: bool) -> tuple[Leaf, Any]:
    mantissa, unit = units.split(value)
    if isinstance(mantissa, Symbol):
        return Leaf(mantissa.value.aval, unit), mantissa
    if not is_array(mantissa):
        msg = (
            f"a traced function is given {value!r} of type {type(value).__name__}: pass arrays, numbers or "
            "quantities, and bind anything else with functools.partial"
        )
        raise TraceError(msg)
    is_time = times and unit is not None and np.ndim(mantissa) == (1 if stacked else 0)
    if is_time and (steps := as_step(value)) is not None:
        return Leaf(Aval(steps.shape, "int32"), unit, is_step=True), steps
    dtype = dtype_name(getattr(mantissa, "dtype", None) or np.asarray(mantissa).dtype)
    if dtype not in DTYPES:
        msg = f"a traced function is given an array of dtype {dtype}: pass booleans, integers or floats"
        raise TraceError(msg)
    require_fits(mantissa, dtype, "an argument of a traced function")
    dtype = environ.float_dtype() if is_floating(dtype) else dtype
    return Leaf(Aval(tuple(np.shape(mantissa)), dtype), unit), mantissa
