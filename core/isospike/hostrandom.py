"""Random numbers on the host, for what is drawn once: connectivity, initial values, parameters.

Every bit comes from Philox4x32-10 (:mod:`isospike.philox`), never from NumPy's generators, whose
distributions may change between versions. All that follows the bits is integer arithmetic or single IEEE
operations (add, multiply, divide, square root), never a function of the mathematical library, so results are
the same on every processor. Noise inside a simulated step is not drawn here.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError, ShapeError
from isospike.philox import MULTIPLIERS, ROUNDS, WEYL, stream_key

__all__ = ["Draw", "HostRandom", "bounded", "normal_quantile"]

Words: TypeAlias = NDArray[np.uint32]
Values: TypeAlias = NDArray[np.uint64]
Integers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)

# Draws of the host sit at a step that no simulation reaches, so they never share a counter with noise of a
# step.
HOST_STEP = 2**32 - 1
_WORD = np.uint64(2**32 - 1)
_SHIFT = np.uint64(32)
_CACHED = 2**13  # Philox blocks worked on at a time: their temporaries stay in the cache.
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
        symmetric, at most 8.3 in size, with the accuracy of :func:`normal_quantile`.
        """
        return self._fill(shape, np.float64, _signed_quantile)

    def integers(self, shape: int | tuple[int, ...], high: int) -> Integers:
        """Return int64 numbers uniform in ``[0, high)``, of two words each; :func:`bounded` states the bias.

        Raises
        ------
        ParameterError
            If ``high`` is not an integer in ``[1, 2**32]``.
        """
        limit = _limit(high)
        return self._fill(shape, np.int64, lambda values: bounded(values, limit))

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


@dataclass(frozen=True)
class Draw:
    """The endless sequence of words of one draw, readable from any place.

    Word ``i`` is word ``i % 4`` of Philox block ``i // 4``; value ``i`` joins word ``2 i`` (high) and ``2 i +
    1``.

    Parameters
    ----------
    key : tuple of two ints
        The key of the stream.
    number : int
        The draw's number in the stream.
    """

    key: tuple[int, int]
    number: int

    def words(self, start: int, count: int) -> Words:
        """Return ``count`` 32-bit words from word ``start`` on."""
        first, last = start // 4, -(-(start + count) // 4)
        blocks = self._blocks(np.arange(first, last, dtype=np.uint64))
        return blocks.reshape(-1)[start - 4 * first :][:count]

    def values(self, start: int, count: int) -> Values:
        """Return ``count`` 64-bit values from value ``start`` on."""
        return _join(self.words(2 * start, 2 * count).reshape(-1, 2))

    def values_at(self, index: Integers) -> Values:
        """Return the 64-bit values of the given numbers, in their order."""
        words = self._blocks((index // 2).astype(np.uint64)).reshape(-1, 2, 2)
        return _join(words[np.arange(index.size), index % 2])

    def _blocks(self, blocks: Values) -> Words:
        """Return the four words of each block, shape ``(blocks, 4)``."""
        result = np.empty((blocks.size, 4), np.uint32)
        for start in range(0, blocks.size, _CACHED):
            piece = slice(start, start + _CACHED)
            for column, word in enumerate(_philox(blocks[piece], self.number, self.key)):
                result[piece, column] = word
        return result


def bounded(values: Values, high: int | Integers) -> Integers:
    """Map 64-bit values to integers below a bound: ``floor(value * high / 2**64)``, exactly.

    Parameters
    ----------
    values : array of uint64
        Uniform 64-bit values.
    high : int or array of int64
        The bound, in ``[1, 2**32]``; broadcasts. The chance of each result differs from ``1 / high`` by less
        than ``2**-64``.

    Returns
    -------
    array of int64
        Integers in ``[0, high)``.
    """
    bound = np.asarray(high).astype(np.uint64)
    carry = ((values & _WORD) * bound) >> _SHIFT
    return (((values >> _SHIFT) * bound + carry) >> _SHIFT).astype(np.int64)


def normal_quantile(p: Floats) -> Floats:
    r"""Return the standard normal quantile :math:`\Phi^{-1}(p)`.

    The rational approximations of Wichura (1988), algorithm AS 241, PPND16: relative error about ``1e-15``
    beside the rounding of ``p``. The logarithm of the tails is a series, so that each step is one IEEE
    operation.

    Parameters
    ----------
    p : array of float64
        Probabilities strictly between 0 and 1; not checked.

    Returns
    -------
    array of float64
        The quantiles.
    """
    q = p - 0.5
    result = q * _rational(_CENTRE, 0.180625 - q * q)
    tail = np.abs(q) > 0.425
    r = np.sqrt(-_log(np.minimum(p[tail], 1.0 - p[tail])))
    far = np.where(r <= 5.0, _rational(_TAIL, r - 1.6), _rational(_FAR_TAIL, r - 5.0))
    result[tail] = np.copysign(far, q[tail])
    return result


def _unit_interval(values: Values) -> Floats:
    """Return the upper 53 bits of each value as a fraction: no step rounds."""
    return (values >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _signed_quantile(values: Values) -> Floats:
    """Return a standard normal number per 64-bit value: the first bit is the sign, the next 52 the size."""
    upper = values >> np.uint64(63) == 0
    k = (values >> np.uint64(11) & np.uint64(2**52 - 1)).astype(np.float64)
    lower_half = normal_quantile((k + 0.5) * 2.0**-53)
    return np.where(upper, -lower_half, lower_half)


def _log(x: Floats) -> Floats:
    """Return ``log(x) = e log 2 + 2 artanh((m - 1)/(m + 1))`` of positive ``x = m 2**e``, m near 1."""
    m, e = np.frexp(x)
    low = m < math.sqrt(0.5)
    m, e = np.where(low, 2.0 * m, m), np.where(low, e - 1, e)
    s = (m - 1.0) / (m + 1.0)  # |s| < 0.172, so eleven terms of the series reach 2**-53
    return e * math.log(2.0) + 2.0 * s * _polynomial([1.0 / (2 * n + 1) for n in range(10, -1, -1)], s * s)


def _polynomial(coefficients: list[float], x: Floats) -> Floats:
    """Return the polynomial by Horner's rule, highest coefficient first."""
    result = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        result *= x
        result += coefficient
    return result


def _rational(coefficients: tuple[list[float], list[float]], x: Floats) -> Floats:
    """Return the quotient of two polynomials."""
    return _polynomial(coefficients[0], x) / _polynomial(coefficients[1], x)


def _philox(blocks: Values, draw: int, key: tuple[int, int]) -> tuple[Values, Values, Values, Values]:
    """Return the words of :func:`isospike.philox.philox4x32`, by 64-bit products."""
    c0, c1 = blocks & _WORD, blocks >> _SHIFT
    c2, c3 = np.full_like(blocks, HOST_STEP), np.full_like(blocks, draw)
    for turn in range(ROUNDS):
        k0, k1 = (np.uint64((k + turn * w) % 2**32) for k, w in zip(key, WEYL, strict=True))
        p0, p1 = c0 * np.uint64(MULTIPLIERS[0]), c2 * np.uint64(MULTIPLIERS[1])
        c0, c2 = p1 >> _SHIFT, p0 >> _SHIFT
        c0 ^= c1
        c0 ^= k0
        c2 ^= c3
        c2 ^= k1
        p0 &= _WORD
        p1 &= _WORD
        c1, c3 = p1, p0
    return c0, c1, c2, c3


def _join(words: Words) -> Values:
    """Return the 64-bit values of ``(n, 2)`` words, high word first."""
    values = words[:, 0].astype(np.uint64) << _SHIFT
    values |= words[:, 1]
    return values


def _limit(high: int) -> int:
    """Return the bound of integers as an int, or refuse it."""
    try:
        limit = operator.index(high)
    except TypeError:
        limit = 0
    if not 1 <= limit <= 2**32:
        raise ParameterError(
            f"HostRandom.integers: `high` must be a whole number from 1 to 2**32, but got {high!r}. Give the "
            "number of choices: `rng.integers(n, high=10)` draws 0 to 9."
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


# Numerator and denominator of AS 241, highest power first: centre (in 0.425**2 - q**2), tail and far tail
# (in sqrt(-log p) less 1.6 and less 5).
_CENTRE = (
    [
        2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
        1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
    ],
    [
        5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
        5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0,
    ],
)  # fmt: skip
_TAIL = (
    [
        7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
        1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
        4.63033784615654529590e0, 1.42343711074968357734e0,
    ],
    [
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
        1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
        2.05319162663775882187e0, 1.0,
    ],
)  # fmt: skip
_FAR_TAIL = (
    [
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
        2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
        5.46378491116411436990e0, 6.65790464350110377720e0,
    ],
    [
        2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
        7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
        5.99832206555887937690e-1, 1.0,
    ],
)  # fmt: skip
