"""Functions of `isospike.math` that make, reduce, join and rearrange arrays."""

from __future__ import annotations

import builtins
import math as _math
from collections.abc import Sequence
from typing import Any

import numpy as np

from isospike import environ, units
from isospike.errors import ShapeError
from isospike.graph.aval import dtype_name, host_kind
from isospike.graph.op import op
from isospike.graph.shapes import normal_axes, normal_index, resolve_shape
from isospike.graph.symbol import Symbol
from isospike.graph.trace import apply, where_am_i
from isospike.math.unitrules import align
from isospike.namespace import is_foreign, namespace

Axis = int | tuple[int, ...] | None


def asarray(x: Any, /, *, dtype: Any = None) -> Any:
    """Return ``x`` as an array; numbers and lists become host arrays, quantities keep their unit."""
    mantissa, unit = units.split(x)
    if not isinstance(mantissa, Symbol) and not is_foreign(mantissa):
        mantissa = np.asarray(mantissa)
    return units.quantity(mantissa if dtype is None else astype(mantissa, dtype), unit)


def astype(x: Any, dtype: Any, /) -> Any:
    """Return x cast to ``"bool"``, ``"int32"``, ``"uint32"``, ``"float32"`` or ``"float64"``."""
    mantissa, unit = units.split(x)
    return units.quantity(apply(op("astype"), mantissa, to=dtype_name(dtype)), unit)


def zeros(shape: int | tuple[int, ...], *, dtype: Any = None) -> Any:
    """Return an array of zeros on the host, of the working precision by default."""
    return np.zeros(shape, dtype=dtype_name(dtype or environ.float_dtype()))


def ones(shape: int | tuple[int, ...], *, dtype: Any = None) -> Any:
    """Return an array of ones on the host, of the working precision by default."""
    return np.ones(shape, dtype=dtype_name(dtype or environ.float_dtype()))


def full(shape: int | tuple[int, ...], fill_value: Any, *, dtype: Any = None) -> Any:
    """Return an array filled with one number or quantity."""
    mantissa, unit = units.split(fill_value)
    return units.quantity(np.full(shape, mantissa, dtype=dtype_name(dtype or environ.float_dtype())), unit)


def zeros_like(x: Any, /) -> Any:
    """Return zeros of the shape, dtype and unit of x."""
    mantissa, unit = units.split(x)
    return units.quantity(apply(op("multiply"), mantissa, 0), unit)


def arange(start: Any, /, stop: Any = None, step: Any = 1) -> Any:
    """Return ``start + k * step`` for all k that stay below ``stop``, in float64 on the host.

    The values are computed from integers, so that they do not drift, and a last element that only rounding
    would let in is left out: ``arange(0*ms, 200*ms, 0.1*ms)`` has 2000 elements.
    """
    if stop is None:
        start, stop = start * 0, start
    if isinstance(step, int) and step == 1 and units.is_quantity(stop):
        step = units.quantity(1.0, units.split(stop)[1])
    first, last, unit = align(start, stop, "make a range of")
    increment = units.convert(step, unit, what="the step of arange")
    n = builtins.max(0, _math.ceil(float(last - first) / float(increment) - 1e-9))
    integral = builtins.all(isinstance(v, (int, np.integer)) for v in (first, last, increment))
    values = first + np.arange(n) * increment
    return units.quantity(values if integral else values.astype(np.float64), unit)


def sum(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the sum over axes; booleans are counted in int32."""
    return _reduce("sum", x, axis, keepdims)


def max(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the largest element over axes."""
    return _reduce("max", x, axis, keepdims)


def min(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the smallest element over axes."""
    return _reduce("min", x, axis, keepdims)


def any(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return whether any element is true."""
    return _reduce("any", x, axis, keepdims)


def all(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return whether all elements are true."""
    return _reduce("all", x, axis, keepdims)


def mean(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the mean over axes."""
    mantissa, unit = _split_array(x)
    if isinstance(mantissa, Symbol) and mantissa.dtype.endswith("int32"):  # whose sum may be beyond 32 bits
        mantissa = astype(mantissa, environ.float_dtype())
    count = _math.prod(mantissa.shape[a] for a in normal_axes(axis, mantissa.ndim))
    return units.quantity(apply(op("divide"), _reduce("sum", mantissa, axis, keepdims), float(count)), unit)


def matmul(x: Any, y: Any, /) -> Any:
    """Return the matrix product, in the product of the units."""
    (a, unit_x), (b, unit_y) = units.split(x), units.split(y)
    unit = unit_y if unit_x is None else unit_x if unit_y is None else unit_x * unit_y
    return units.quantity(apply(op("matmul"), a, b), unit)


def reshape(x: Any, shape: int | tuple[int, ...], /) -> Any:
    """Return the same elements in another shape; one entry may be -1."""
    mantissa, unit = _split_array(x)
    target = resolve_shape(shape, _math.prod(mantissa.shape))
    return units.quantity(apply(op("reshape"), mantissa, shape=target), unit)


def broadcast_to(x: Any, shape: tuple[int, ...], /) -> Any:
    """Return x repeated along new or unit axes."""
    mantissa, unit = units.split(x)
    return units.quantity(apply(op("broadcast_to"), mantissa, shape=tuple(shape)), unit)


def permute_dims(x: Any, axes: tuple[int, ...], /) -> Any:
    """Return x with its axes reordered."""
    mantissa, unit = _split_array(x)
    ndim = len(axes)
    positive = tuple(a + ndim if a < 0 else a for a in axes)
    return units.quantity(apply(op("permute_dims"), mantissa, axes=positive), unit)


def expand_dims(x: Any, /, *, axis: int = 0) -> Any:
    """Return x with an axis of size one inserted."""
    shape = list(_split_array(x)[0].shape)
    shape.insert(axis % (len(shape) + 1), 1)
    return reshape(x, tuple(shape))


def squeeze(x: Any, /, axis: int) -> Any:
    """Return x without an axis of size one."""
    shape = list(_split_array(x)[0].shape)
    del shape[axis]
    return reshape(x, tuple(shape))


def flip(x: Any, /, *, axis: Axis = None) -> Any:
    """Return x with the order of elements reversed along axes."""
    mantissa, unit = _split_array(x)
    axes = normal_axes(axis, mantissa.ndim)
    if not isinstance(mantissa, Symbol):
        return units.quantity(namespace(mantissa).flip(mantissa, axis=axes), unit)
    index = tuple((n - 1, -1, -1) if i in axes else (0, n, 1) for i, n in enumerate(mantissa.shape))
    return units.quantity(apply(op("index"), mantissa, index=index), unit)


def concat(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """Return arrays of one dimension joined along an existing axis, in the unit of the first."""
    first, unit = units.split(arrays[0])
    rest = [align(arrays[0], x, "join")[1] for x in arrays[1:]]
    return units.quantity(apply(op("concat"), first, *rest, axis=normal_axes(axis, first.ndim)[0]), unit)


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """Return arrays of one shape and dimension joined along a new axis."""
    return concat([expand_dims(x, axis=axis) for x in arrays], axis=axis)


def take(x: Any, indices: Any, /, *, axis: int = 0) -> Any:
    """Return elements at integer positions along an axis."""
    mantissa, unit = units.split(x)
    axis = normal_axes(axis, mantissa.ndim)[0]
    _require_positions(indices, mantissa.shape[axis])
    return units.quantity(apply(op("take"), mantissa, indices, axis=axis), unit)


def getitem(x: Any, key: Any, /) -> Any:
    """Return ``x[key]`` for integers, slices, ``...``, ``None``, or integers or a known mask along the first axis."""
    mantissa, unit = units.split(x)
    if not isinstance(mantissa, Symbol) and not isinstance(key, Symbol):
        return units.quantity(mantissa[key], unit)
    if isinstance(key, Symbol):
        return take(x, key)
    if isinstance(key, (list, np.ndarray)):
        positions = np.asarray(key)
        # A mask that is known while tracing is a list of positions.
        return take(x, np.flatnonzero(positions) if positions.dtype.kind == "b" else positions)
    index, shape = normal_index(key, mantissa.shape)
    result = apply(op("index"), mantissa, index=index)
    return units.quantity(result if shape is None else apply(op("reshape"), result, shape=shape), unit)


def _require_positions(indices: Any, n: int) -> None:
    """Refuse what counts no elements, and positions outside of the axis as far as they are known."""
    is_known = not isinstance(indices, Symbol)
    kind = host_kind(indices) if is_known else indices.dtype[0]
    if kind == "b":
        msg = (
            f"a traced mask{where_am_i()} would give an array whose size depends on values: write "
            "iso.math.where(mask, x, 0)"
        )
        raise ShapeError(msg)
    if kind == "f" and np.size(indices):
        msg = f"positions are given as floating numbers{where_am_i()}, expected whole ones: iso.math.astype(i, 'int32')"
        raise ShapeError(msg)
    if is_known and not is_foreign(indices) and np.size(indices):
        low, high = int(np.min(indices)), int(np.max(indices))
        if low < -n or high >= n:
            position = high if high >= n else low
            msg = f"position {position} is out of range for an axis of size {n}{where_am_i()}"
            raise ShapeError(msg)


def _reduce(name: str, x: Any, axis: Axis, keepdims: bool) -> Any:
    mantissa, unit = _split_array(x)
    result = apply(op(name), mantissa, axis=normal_axes(axis, mantissa.ndim), keepdims=keepdims)
    return units.quantity(result, unit)


def _split_array(x: Any) -> tuple[Any, Any]:
    """Return mantissa and unit, a number or a list as an array of NumPy."""
    mantissa, unit = units.split(x)
    return (mantissa if hasattr(mantissa, "ndim") else np.asarray(mantissa)), unit
