"""Products, quotients and choices that have the same bits on every backend."""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import dtype_name, is_floating
from isospike.graph.exact.bounds import SNAPPED
from isospike.graph.symbol import Symbol
from isospike.graph.trace import raw

__all__ = ["divided", "guarded", "larger", "product", "signum", "smaller", "snapped", "squared", "time"]


def guarded(x: Any) -> Any:
    """Return a product or quotient that is rounded before anything is done with it, as one of known values is."""
    if not isinstance(x, Symbol):
        return x
    return raw.guard(x, ONE)


class _One(float):
    """A number 1.0 that is an input of its own, shared by all guards of a graph and by nothing else."""


ONE = _One(1.0)


def product(x: Any, y: Any) -> Any:
    """Return x * y, rounded as it stands."""
    result = raw.multiply(x, y)
    return guarded(result) if is_floating(dtype_name(result.dtype)) else result


def divided(x: Any, y: Any) -> Any:
    """Return x / y; by a single number it is the product with its reciprocal, which XLA would make of it anyway."""
    if not isinstance(x, Symbol) or not isinstance(y, Symbol) or x.shape == y.shape == ():
        return guarded(raw.divide(x, y))
    return product(x, guarded(raw.divide(1.0, y))) if y.shape == () else guarded(raw.quotient(x, y))


def squared(x: Symbol) -> Any:
    """Return x * x."""
    return product(x, x)


def time(step: Symbol, dt: Symbol) -> Any:
    """Return step * dt in the dtype of dt."""
    return product(raw.astype(step, to=dt.dtype), dt)


def snapped(x: Symbol) -> Symbol:
    """Return x, and 0 for what is too small for all backends to hold; the derivative is that of x all the same."""
    zero = raw.subtract(x, raw.stop_gradient(x))
    result: Symbol = raw.where(raw.less(raw.abs(x), 2.0 ** SNAPPED[x.dtype]), zero, x)
    return result


def signum(x: Any) -> Any:
    """Return -1, 0 or 1, and NaN of NaN; of both zeros 0.0, where libraries keep the sign or lose the NaN."""
    return raw.where(raw.greater(x, 0.0), 1.0, raw.where(raw.less(x, 0.0), -1.0, raw.where(raw.equal(x, x), 0.0, x)))


def larger(x: Any, y: Any) -> Symbol:
    """Return the larger; of 0.0 and -0.0 the first, and NaN where either is."""
    return _chosen(raw.greater_equal(x, y), raw.greater(y, x), x, y)


def smaller(x: Any, y: Any) -> Symbol:
    """Return the smaller; of 0.0 and -0.0 the first, and NaN where either is."""
    return _chosen(raw.less_equal(x, y), raw.less(y, x), x, y)


def _chosen(first: Symbol, second: Symbol, x: Any, y: Any) -> Symbol:
    result: Symbol = raw.where(first, x, raw.where(second, y, raw.add(x, y)))
    return result
