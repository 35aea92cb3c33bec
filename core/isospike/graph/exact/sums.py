"""Sums, extremes and matrix products in a fixed order: a tree of pairs, whatever a library would do."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from isospike.errors import NumericsError
from isospike.graph.aval import dtype_name, is_floating
from isospike.graph.exact.arithmetic import larger, product, smaller
from isospike.graph.symbol import Symbol
from isospike.graph.trace import raw

__all__ = ["largest", "matmul", "smallest", "total"]

LONGEST_MATMUL = 4096


def total(x: Symbol, *, axis: tuple[int, ...], keepdims: bool) -> Symbol:
    """Return the sum over axes; integers and booleans have exact sums in any order."""
    return _reduced(raw.sum, raw.add, x, axis, keepdims)


def largest(x: Symbol, *, axis: tuple[int, ...], keepdims: bool) -> Symbol:
    """Return the largest over axes, and NaN where there is one: XLA loses it in long rows."""
    return _reduced(raw.max, larger, x, axis, keepdims)


def smallest(x: Symbol, *, axis: tuple[int, ...], keepdims: bool) -> Symbol:
    """Return the smallest over axes, and NaN where there is one."""
    return _reduced(raw.min, smaller, x, axis, keepdims)


def _reduced(
    plain: Callable[..., Any], pair: Callable[..., Any], x: Symbol, axis: tuple[int, ...], keepdims: bool
) -> Symbol:
    """Return a reduction over axes by pairs; whole numbers need no order."""
    if not is_floating(dtype_name(x.dtype)):
        result: Symbol = plain(x, axis=axis, keepdims=keepdims)
        return result
    others = tuple(i for i in range(x.ndim) if i not in axis)
    kept = tuple(x.shape[i] for i in others)
    flat = raw.reshape(raw.permute_dims(x, axes=(*others, *axis)), shape=(*kept, math.prod(x.shape[i] for i in axis)))
    shape = tuple(1 if i in axis else n for i, n in enumerate(x.shape)) if keepdims else kept
    result = raw.reshape(_tree(flat, plain, pair), shape=shape)
    return result


def matmul(x: Symbol, y: Symbol) -> Symbol:
    """Return x @ y as a sum of products.

    Raises
    ------
    NumericsError
        The inner size is above 4096.
    """
    n = x.shape[-1]
    if n > LONGEST_MATMUL:
        msg = (
            f"numerics='exact' computes a matrix product of inner size up to {LONGEST_MATMUL}, not {n}: use a sparse "
            "connection, such as iso.FixedProb, or numerics='fast'"
        )
        raise NumericsError(msg)
    is_vector = y.ndim == 1
    columns = raw.reshape(y, shape=(n, 1)) if is_vector else y
    left = raw.reshape(x, shape=(*x.shape, 1))
    right = raw.reshape(columns, shape=(*columns.shape[:-2], *((1,) if x.ndim > 1 else ()), *columns.shape[-2:]))
    products = product(left, right)  # (..., rows, n, columns)
    last = products.ndim - 1
    turned = raw.permute_dims(products, axes=(*range(last - 1), last, last - 1))
    summed = raw.reshape(_tree(turned, raw.sum, raw.add), shape=turned.shape[:-1])
    return raw.reshape(summed, shape=summed.shape[:-1]) if is_vector else summed  # type: ignore[no-any-return]


def _tree(x: Any, plain: Callable[..., Any], pair: Callable[..., Any]) -> Any:
    """Return the reduction of the last axis, of size 1 then: halves are joined until one is left."""
    n = x.shape[-1]
    if n == 0:
        return raw.broadcast_to(plain(x, axis=(x.ndim - 1,), keepdims=True), shape=(*x.shape[:-1], 1))
    while n > 1:
        half = n // 2
        joined = pair(_slice(x, 0, half), _slice(x, half, 2 * half))
        x = raw.concat(joined, _slice(x, n - 1, n), axis=x.ndim - 1) if n % 2 else joined
        n = x.shape[-1]
    return x


def _slice(x: Any, start: int, stop: int) -> Any:
    return raw.index(x, index=(*((0, n, 1) for n in x.shape[:-1]), (start, stop, 1)))
