"""Random numbers on the host, for what is drawn once: connectivity, initial values, parameters.

Every bit comes from Philox4x32-10 (:mod:`isospike.random.philox`), never from NumPy's generators, whose
distributions may change between versions. All that follows the bits is integer arithmetic or single IEEE
operations (add, multiply, divide, square root), never a function of the mathematical library, so results are
the same on every processor. Noise inside a simulated step is drawn by the functions of :mod:`isospike.random`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError, ShapeError
from isospike.random.draw import Draw, Integers, Values, Words, bounded
from isospike.random.gaussian import Floats, normal_quantile
from isospike.random.philox import stream_key

__all__ = ["HostRandom"]

Scalar = TypeVar("Scalar", bound=np.generic)

_EXAMPLES = {
    "integers": "integers(n, high=10)",
    "permutation": "permutation(10)",
    "choice": "choice(10, 3, replace=False)",
}
_CHUNK = 2**16  # Numbers finished at a time: bounds the memory needed beside the result.


class HostRandom:
    """A named stream of random numbers; each method call takes the next draw number of the stream.

    Draw ``d`` reads the words of counters ``(block, block >> 32, HOST_STEP, d)``, so what a call returns
    depends on (seed, stream, number of calls before it) and not on the sizes of those calls; a shorter draw
    is the beginning of a longer one.

    Parameters
    ----------
    seed : int
        Any integer.
    stream : str
        The name of the stream, by custom the path of the module that draws.

    Raises
    ------
    ParameterError
        If ``seed`` is not an integer.

    Examples
    --------
    >>> HostRandom(seed=1, stream="E").integers(5, high=10).tolist()
    [5, 1, 9, 5, 2]
    """

    def __init__(self, seed: int, stream: str) -> None:
        self._key = stream_key(seed, stream)
        self._drawn = 0

    def next_draw(self) -> Draw:
        """Return the next draw: its words can be read in any order and number."""
        draw = Draw(self._key, self._drawn)
        self._drawn += 1
        return draw

    def bits(self, shape: int | tuple[int, ...]) -> Words:
        """Return independent uniform 32-bit words (uint32)."""
        shape = _shape(shape)
        return self.next_draw().words(0, math.prod(shape)).reshape(shape)

    def uniform(self, shape: int | tuple[int, ...]) -> Floats:
        """Return float64 numbers, uniform on the multiples of ``2**-53`` in ``[0, 1)``, of two words each."""
        return self._fill(shape, np.float64, _unit_interval)

    def normal(self, shape: int | tuple[int, ...]) -> Floats:
        """Return standard normal float64 numbers; each uses two words.

        ``x = s Phi^-1((k + 1/2) 2**-53)`` with a sign bit ``s`` and ``k`` uniform in ``[0, 2**52)``: exactly
        symmetric, at most 8.3 in size, with the accuracy of :func:`isospike.random.gaussian.normal_quantile`.
        """
        return self._fill(shape, np.float64, _signed_quantile)

    def integers(self, shape: int | tuple[int, ...], high: int) -> Integers:
        """Return int64 numbers uniform in ``[0, high)``, of two words each.

        The bias is that of :func:`isospike.random.draw.bounded`.

        Raises
        ------
        ParameterError
            If ``high`` is not an integer in ``[1, 2**32]``.
        """
        limit = _limit("integers", "high", high)
        return self._fill(shape, np.int64, lambda values: bounded(values, limit))

    def permutation(self, n: int) -> Integers:
        """Return 0 to ``n - 1`` in random order, every order equally likely; each number uses two words.

        The bias is below ``n**2 2**-64``.

        Raises
        ------
        ParameterError
            If ``n`` is not an integer in ``[1, 2**32]``.
        """
        number = _limit("permutation", "n", n)
        return _lowest(self.next_draw().values(0, number), number)

    def choice(self, n: int, size: int | tuple[int, ...], *, replace: bool) -> Integers:
        """Return int64 numbers chosen from 0 to ``n - 1``.

        With replacement these are `integers`; without, the beginning of the `permutation`, in its random order.

        Parameters
        ----------
        n : int
            The number to choose from.
        size : int or tuple of int
            Shape of the result.
        replace : bool
            Whether a number may be chosen again.

        Raises
        ------
        ParameterError
            If ``n`` is not an integer in ``[1, 2**32]``, or without replacement less than what is to be chosen.
        """
        number, shape = _limit("choice", "n", n), _shape(size)
        if replace:
            return self.integers(shape, number)
        count = math.prod(shape)
        if count > number:
            raise ParameterError(
                f"HostRandom.choice: {count} different numbers are asked for, but there are {number} to choose from. "
                f"Write `replace=True`, or choose at most {number}."
            )
        return _lowest(self.next_draw().values(0, number), count).reshape(shape)

    def _fill(
        self, shape: int | tuple[int, ...], dtype: type[Scalar], finish: Callable[[Values], NDArray[Scalar]]
    ) -> NDArray[Scalar]:
        """Return ``finish`` of one 64-bit value per element, made piece by piece."""
        shape, draw = _shape(shape), self.next_draw()
        result = np.empty(math.prod(shape), dtype)
        for start in range(0, result.size, _CHUNK):
            piece = result[start : start + _CHUNK]
            piece[:] = finish(draw.values(start, piece.size))
        return result.reshape(shape)


def _unit_interval(values: Values) -> Floats:
    """Return the upper 53 bits of each value as a fraction: no step rounds."""
    return (values >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _signed_quantile(values: Values) -> Floats:
    """Return a standard normal number per 64-bit value: the first bit is the sign, the next 52 the size."""
    upper = values >> np.uint64(63) == 0
    k = (values >> np.uint64(11) & np.uint64(2**52 - 1)).astype(np.float64)
    lower_half = normal_quantile((k + 0.5) * 2.0**-53)
    return np.where(upper, -lower_half, lower_half)


def _lowest(keys: Values, count: int) -> Integers:
    """Return the places of the lowest keys in their order; of equal keys, the first is the lower."""
    if 0 < count < keys.size:
        among = np.flatnonzero(keys <= np.partition(keys, count - 1)[count - 1])
        return among[np.argsort(keys[among], kind="stable")[:count]]
    return np.argsort(keys, kind="stable")[:count]


def _limit(method: str, name: str, given: int) -> int:
    """Return the bound of integers as an int, or refuse it."""
    try:
        limit = operator.index(given)
    except TypeError:
        limit = 0
    if not 1 <= limit <= 2**32:
        raise ParameterError(
            f"HostRandom.{method}: `{name}` must be a whole number from 1 to 2**32, but got {given!r}. Give the "
            f"number of choices: `rng.{_EXAMPLES[method]}` draws from 0 to 9."
        )
    return limit


def _shape(shape: int | tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape as a tuple, or refuse it."""
    sizes = shape if isinstance(shape, tuple) else (shape,)
    try:
        result = tuple(operator.index(size) for size in sizes)
    except TypeError:
        result = (-1,)
    if min(result, default=0) < 0:
        raise ShapeError(
            f"HostRandom: a shape is an int or a tuple of ints that are not negative, but got {shape!r}. "
            "Write `rng.uniform(100)` or `rng.uniform((10, 100))`."
        )
    return result
