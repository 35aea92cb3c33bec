"""Every operation that exact numerics allow, with operands on which implementations differ where they can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import isospike as iso
from isospike import environ
from isospike.graph.exact.bounds import SNAPPED
from isospike.graph.op import op
from isospike.graph.trace import apply, raw
from isospike.random.tails import exponential_table, normal_table

__all__ = ["GROUPS", "Operation", "operands"]

_KEY = np.array([0xDEADBEEF, 0x12345678], np.uint32)
_TABLES = (normal_table, exponential_table)


@dataclass(frozen=True)
class Operation:
    """An operation of the step graph as it is tried out.

    Attributes
    ----------
    name : str
        That of the operation, and of its file.
    kinds : str
        One letter an operand, see `operands`.
    call : callable, optional
        Applies it to vectors; by default it is applied to them as they are.
    """

    name: str
    kinds: str
    call: Callable[..., Any] | None = None

    def __call__(self, *symbols: Any) -> Any:
        """Apply the operation."""
        return apply(op(self.name), *symbols) if self.call is None else self.call(*symbols)


def _each(names: str, kinds: str) -> list[Operation]:
    return [Operation(name, kinds) for name in names.split()]


def _over(name: str, kinds: str) -> Operation:
    """Return a reduction of rows of 7 and of what is left."""

    def reduce(x: Any) -> Any:
        return getattr(raw, name)(_rows(x), axis=(1,), keepdims=False)

    return Operation(name, kinds, reduce)


def _rows(x: Any) -> Any:
    n = x.shape[0]
    return raw.reshape(x, shape=(n // 7, 7) if n % 7 == 0 else (1, n))


def _inner(x: Any, y: Any) -> Any:
    n = min(x.shape[0], 300)
    row, column = (raw.reshape(_first(z, n), shape=shape) for z, shape in ((x, (1, n)), (y, (n, 1))))
    return raw.matmul(row, column)


def _first(x: Any, n: int) -> Any:
    return raw.index(x, index=((0, n, 1),))


def _scalar(x: Any) -> Any:
    return raw.index(x, index=(0,))


def _words(counts: Any) -> Any:
    return raw.random_bits(_KEY, _scalar(counts), shape=counts.shape, draw=3, words=4)


def _quantiles(high: Any, low: Any) -> Any:
    """Return normal numbers, and exponential ones, of words."""
    words = (high,) if environ.float_dtype() == "float32" else (high, low)
    return raw.concat(*(raw.inverse_tail(table(environ.float_dtype()), *words) for table in _TABLES), axis=0)


GROUPS: dict[str, list[Operation]] = {
    "arithmetic": [
        *_each("add subtract multiply divide quotient maximum minimum", "ff"),
        *_each("abs negative square sqrt ceil floor round sign stop_gradient identity", "f"),
        Operation("guard", "f1"),
        Operation("grid_round", "g", lambda x: raw.grid_round(x, exponent=-12)),
        Operation("step_time", "c1", lambda step, dt: raw.step_time(step, _scalar(dt))),
    ],
    "comparisons": [
        *_each("equal not_equal less less_equal greater greater_equal", "ff"),
        *_each("isfinite isinf isnan", "f"),
        *_each("logical_and logical_or logical_xor", "bb"),
        *_each("logical_not", "b"),
        *_each("where", "bff"),
    ],
    "functions": [*_each("exp expm1 exprel log log1p sin cos atan sinh cosh tanh", "f"), *_each("pow", "ff")],
    "integers": [
        *_each("bitwise_and bitwise_or bitwise_xor", "uu"),
        *_each("bitwise_left_shift bitwise_right_shift", "us"),
        *_each("exponent", "n"),
        Operation("power_of_two", "k", lambda k: raw.power_of_two(k, to=environ.float_dtype())),
        Operation("astype", "i", lambda x: raw.astype(x, to=environ.float_dtype())),
    ],
    "shapes": [
        Operation("broadcast_to", "f", lambda x: raw.broadcast_to(x, shape=(3, *x.shape))),
        Operation("concat", "ff", lambda x, y: raw.concat(x, y, axis=0)),
        Operation("index", "f", lambda x: raw.index(x, index=((x.shape[0] - 1, -1, -1),))),
        Operation("permute_dims", "f", lambda x: raw.permute_dims(_rows(x), axes=(1, 0))),
        Operation("reshape", "f", lambda x: raw.reshape(x, shape=(*x.shape, 1))),
        Operation("take", "ft", lambda x, at: raw.take(x, at, axis=0)),
    ],
    "sums": [
        Operation("matmul", "gg", _inner),
        _over("sum", "g"),
        _over("max", "f"),
        _over("min", "f"),
        _over("all", "b"),
        _over("any", "b"),
    ],
    "random": [
        Operation("random_bits", "c", _words),
        Operation("inverse_tail", "uu", _quantiles),
        Operation("spike", "f", iso.ReluGrad()),
    ],
}
"""Operations by group; each group is one program, so that a compiler may fuse what it likes to fuse."""


def operands(kinds: str, n: int, dtype: str, seed: int = 0) -> list[NDArray[Any]]:
    """Return vectors of n elements.

    Parameters
    ----------
    kinds : str
        One letter each: ``f`` floats of all sizes, signed zeros, infinities, NaN, and the neighbours of 1/2, 1, a
        threshold and what is snapped to 0; ``n`` those that are finite and not 0; ``g`` floats of usual size; ``1``
        ones; ``b`` booleans; ``i`` int32; ``u`` uint32; ``c`` int32 counts from 0; ``k`` exponents; ``s`` shifts of a
        word; ``t`` positions below n.
    n : int
        Length.
    dtype : str
        That of floats.
    seed : int
        Of the choice, which is the same on every machine whose NumPy has the same generator; both sides of a
        comparison get the same arrays anyway.
    """
    rng = np.random.default_rng(seed)
    return [_MAKERS[kind](rng, n, dtype) for kind in kinds]


def _floats(rng: np.random.Generator, n: int, dtype: str) -> NDArray[Any]:
    least = SNAPPED[dtype]
    singular = np.array([0.0, 0.5, 1.0, 2.0, 50.0, 60.0, np.log(2.0), np.pi / 2, 80.0, 88.0, 700.0, 2.0**least], dtype)
    around = np.concatenate([np.nextafter(singular, singular.dtype.type(to)) for to in (0.0, np.inf)])
    around = around[(around == 0) | (abs(around) >= np.finfo(dtype).tiny)]  # denormals are no values of exact numerics
    edges = np.concatenate([singular, around, np.array([np.inf, np.nan, np.finfo(dtype).max], dtype)])
    mantissa, exponent = rng.uniform(1.0, 2.0, n), rng.integers(least, -least, n)
    wide = (mantissa * 2.0**exponent) * rng.choice([-1.0, 1.0], n)
    values = np.where(rng.random(n) < 0.5, rng.uniform(-90.0, 90.0, n), wide).astype(dtype)
    chosen = rng.random(n) < 0.25
    values[chosen] = rng.choice(np.concatenate([edges, -edges]), chosen.sum())
    return values


_MAKERS: dict[str, Callable[[np.random.Generator, int, str], NDArray[Any]]] = {
    "1": lambda rng, n, dtype: np.ones(n, dtype),
    "b": lambda rng, n, dtype: rng.random(n) < 0.5,
    "c": lambda rng, n, dtype: rng.integers(0, 2**31, n).astype(np.int32),
    "f": _floats,
    "g": lambda rng, n, dtype: rng.normal(0.0, 3.0, n).astype(dtype),
    "i": lambda rng, n, dtype: rng.integers(-(2**31), 2**31, n).astype(np.int32),
    "k": lambda rng, n, dtype: rng.integers(-126, 128, n).astype(np.int32),
    "n": lambda rng, n, dtype: rng.normal(0.0, 1.0, n).astype(dtype) * rng.choice([1e-20, 1.0, 1e20], n).astype(dtype),
    "s": lambda rng, n, dtype: rng.integers(0, 32, n).astype(np.uint32),
    "t": lambda rng, n, dtype: rng.integers(0, n, n).astype(np.int32),
    "u": lambda rng, n, dtype: rng.integers(0, 2**32, n).astype(np.uint32),
}
