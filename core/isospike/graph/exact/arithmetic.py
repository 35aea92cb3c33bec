"""Products, quotients and choices that have the same bits on every backend."""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import is_floating
from isospike.graph.exact.bounds import SNAPPED
from isospike.graph.symbol import Symbol
from isospike.graph.trace import raw

__all__ = ["divided", "guarded", "larger", "product", "smaller", "snapped", "squared", "time"]


def guarded(x: Symbol) -> Symbol:
    """Return a product or quotient that is rounded before anything is done with it."""
    result: Symbol = raw.guard(x, ONE)
    return result


class _One(float):
    """A number 1.0 that is an input of its own, shared by all guards of a graph and by nothing else."""


ONE = _One(1.0)


def product(x: Any, y: Any) -> Symbol:
    """Return x * y, rounded as it stands."""
    result: Symbol = raw.multiply(x, y)
    return guarded(result) if is_floating(result.dtype) else result


def divided(x: Any, y: Any) -> Symbol:
    """Return x / y; by a single number it is the product with its reciprocal, which XLA would make of it anyway."""
    if isinstance(y, Symbol) and y.shape == () and isinstance(x, Symbol) and x.shape != ():
        return product(x, guarded(raw.divide(1.0, y)))
    return guarded(raw.divide(x, y))


def squared(x: Symbol) -> Symbol:
    """Return x * x."""
    return product(x, x)


def time(step: Symbol, dt: Symbol) -> Symbol:
    """Return step * dt in the dtype of dt."""
    return product(raw.astype(step, to=dt.dtype), dt)


def snapped(x: Symbol) -> Symbol:
    """Return x, and 0 for what is too small for all backends to hold."""
    result: Symbol = raw.where(raw.less(raw.abs(x), 2.0 ** SNAPPED[x.dtype]), 0.0, x)
    return result


def larger(x: Any, y: Any) -> Symbol:
    """Return the larger; of 0.0 and -0.0 the first, and NaN where either is."""
    return _chosen(raw.greater_equal(x, y), raw.greater(y, x), x, y)


def smaller(x: Any, y: Any) -> Symbol:
    """Return the smaller; of 0.0 and -0.0 the first, and NaN where either is."""
    return _chosen(raw.less_equal(x, y), raw.less(y, x), x, y)


def _chosen(first: Symbol, second: Symbol, x: Any, y: Any) -> Symbol:
    result: Symbol = raw.where(first, x, raw.where(second, y, raw.add(x, y)))
    return result
