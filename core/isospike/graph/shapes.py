"""Shape arithmetic shared by operations and by `isospike.math`."""

from __future__ import annotations

import math
from types import EllipsisType
from typing import Any

import numpy as np

from isospike.errors import ShapeError, TraceError

__all__ = ["normal_axes", "normal_index", "reduced_shape", "require_elements", "resolve_shape"]


def normal_axes(axis: int | tuple[int, ...] | None, ndim: int) -> tuple[int, ...]:
    """Return ``axis`` as non-negative axes; ``None`` means all."""
    axes = tuple(range(ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    for a in axes:
        if not -ndim <= a < ndim:
            msg = f"axis {a} is out of range for an array of {ndim} axes"
            raise ShapeError(msg)
    found = tuple(sorted(a % ndim for a in axes))
    if len(set(found)) < len(found):
        msg = f"axis={axis} names an axis of an array of {ndim} axes twice: name each once"
        raise ShapeError(msg)
    return found


def require_elements(name: str, shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    """Raise ``ShapeError`` where an operation would have to choose among no elements."""
    if any(shape[a] == 0 for a in axes):
        msg = f"{name} of an array of shape {shape} over axes {axes} has no element to choose: give it one at least"
        raise ShapeError(msg)


def reduced_shape(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    """Return the shape after a reduction over ``axes``."""
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def resolve_shape(shape: int | tuple[int, ...], size: int) -> tuple[int, ...]:
    """Return ``shape`` with its one -1, if any, computed from the number of elements."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if -1 not in shape:
        return shape
    known = math.prod(n for n in shape if n != -1)
    return tuple(size // known if n == -1 and known else n for n in shape)


def normal_index(
    key: Any, shape: tuple[int, ...]
) -> tuple[tuple[int | tuple[int, int, int], ...], tuple[int, ...] | None]:
    """Split a basic index into one entry per axis, and the shape with ``None`` axes inserted (or None).

    Returns
    -------
    index : tuple
        An integer or ``(start, stop, step)`` for each axis.
    shape : tuple of int or None
        Shape to give the result where the key holds ``None``.
    """
    key = key if isinstance(key, tuple) else (key,)
    n_given = sum(k is not None and k is not Ellipsis for k in key)
    if n_given > len(shape):
        msg = f"index {key} has {n_given} entries for an array of {len(shape)} axes"
        raise ShapeError(msg)
    fill = [slice(None)] * (len(shape) - n_given)
    cut = key.index(Ellipsis) if any(isinstance(k, EllipsisType) for k in key) else len(key)
    expanded = [*key[:cut], *fill, *key[cut + 1 :]]
    index: list[int | tuple[int, int, int]] = []
    result: list[int] = []
    for entry in expanded:
        if entry is None:
            result.append(1)
            continue
        n = shape[len(index)]
        index.append(_axis_index(entry, n))
        if not isinstance(index[-1], int):
            result.append(len(range(*index[-1])))
    return tuple(index), tuple(result) if None in expanded else None


def _axis_index(entry: Any, n: int) -> int | tuple[int, int, int]:
    if isinstance(entry, slice):
        return entry.indices(n)
    if isinstance(entry, (int, np.integer)) and not isinstance(entry, bool):
        position = int(entry)
        if not -n <= position < n:
            msg = f"index {position} is out of range for an axis of size {n}"
            raise ShapeError(msg)
        return position % n
    msg = (
        f"a traced array cannot be indexed with {type(entry).__name__}: use integers and slices, "
        "iso.math.take(x, i) for positions that are computed, and iso.math.where(mask, x, 0) for a mask"
    )
    raise TraceError(msg)
