"""Operations for which NumPy has something faster than the reference written in the standard's names."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["astype", "exponent", "exprel", "power_of_two", "spike", "sum_"]


def exprel(x: np.ndarray) -> np.ndarray:
    """Return (exp(x) - 1) / x through expm1, which NumPy vectorises, and 1 at x = 0."""
    x = np.asarray(x)
    out = np.ones_like(x)
    np.divide(np.expm1(x), x, out=out, where=np.not_equal(x, 0))
    return out


def spike(x: np.ndarray, *parameters: Any, derivative: Any) -> np.ndarray:
    """Return 1 where x >= 0 and 0 elsewhere; the surrogate derivative is not needed here."""
    del parameters, derivative
    fired: np.ndarray = np.greater_equal(x, 0).astype(x.dtype)
    return fired


def astype(x: np.ndarray, *, to: str) -> np.ndarray:
    """Return x cast to a dtype."""
    return np.asarray(x).astype(to)


def sum_(x: np.ndarray, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Return the sum over axes; booleans are counted, in int32."""
    if x.dtype != np.bool_:
        return np.sum(x, axis=axis, keepdims=keepdims, dtype=x.dtype)
    if len(axis) == x.ndim and not keepdims:
        return np.int32(np.count_nonzero(x))
    return np.sum(x, axis=axis, keepdims=keepdims, dtype=np.int32)


def power_of_two(k: np.ndarray, *, to: str) -> np.ndarray:
    """Return 2**k, by its exponent bits."""
    if to == "float32":
        return ((np.asarray(k, np.int32) + np.int32(127)) << np.int32(23)).view(np.float32)
    return ((np.asarray(k, np.int64) + 1023) << 52).view(np.float64)


def exponent(x: np.ndarray) -> np.ndarray:
    """Return the k of a normal number m 2**k, from its exponent bits."""
    x = np.asarray(x)
    if x.dtype == np.float32:
        return ((x.view(np.int32) >> np.int32(23)) & np.int32(255)) - np.int32(127)
    return (((x.view(np.int64) >> 52) & 2047) - 1023).astype(np.int32)
