"""The counter-based generator behind every random number of isospike: Philox4x32-10, in the Array API.

One function serves every array library, because it uses operators of the standard on uint32 arrays only. A
32 x 32 bit product is made of 16-bit limbs, so no 64-bit integer is needed (JAX has none by default), nothing
overflows, and no Python constant exceeds an int32. The faster form for the host is in
:mod:`isospike.random.draw`; it gives the same bits.
"""

from __future__ import annotations

import hashlib
import operator
from typing import Any

from isospike.errors import ParameterError

__all__ = ["MULTIPLIERS", "ROUNDS", "WEYL", "philox4x32", "stream_key"]

ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)

_HALF = 0xFFFF
# Part of every key: a change of the generator gets a new number, and with it visibly different streams.
_GENERATION = "philox4x32:1"


def philox4x32(xp: Any, counter: tuple[Any, Any, Any, Any], key: tuple[Any, Any]) -> tuple[Any, Any, Any, Any]:
    """Return four random words for each counter: a keyed bijection of 128-bit blocks.

    One round maps ``(c0, c1, c2, c3)`` to ``(hi(M1 c2) ^ c1 ^ k0, lo(M1 c2), hi(M0 c0) ^ c3 ^ k1, lo(M0
    c0))`` and adds the Weyl constants to the key modulo ``2**32``; ten rounds are made (Salmon, Moraes, Dror
    and Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC 2011).

    Parameters
    ----------
    xp : namespace
        The Array API namespace of the result, such as ``numpy`` or ``jax.numpy``.
    counter : tuple of four arrays of uint32, or ints in ``[0, 2**32)``
        The words of the counter, lowest first; their shapes broadcast.
    key : tuple of two arrays of uint32, or ints in ``[0, 2**32)``
        The words of the key, as :func:`stream_key` gives them.

    Returns
    -------
    tuple of four arrays of uint32
        The words, each of the broadcast shape of counter and key.
    """
    c0, c1, c2, c3 = (xp.asarray(word, dtype=xp.uint32) for word in counter)
    k0, k1 = (xp.asarray(word, dtype=xp.uint32) for word in key)
    for turn in range(ROUNDS):
        high0, low0 = _product(c0, MULTIPLIERS[0])
        high1, low1 = _product(c2, MULTIPLIERS[1])
        c0, c1 = high1 ^ c1 ^ _plus(k0, turn * WEYL[0]), low1
        c2, c3 = high0 ^ c3 ^ _plus(k1, turn * WEYL[1]), low0
    return c0, c1, c2, c3


def stream_key(seed: int, stream: str) -> tuple[int, int]:
    """Return the key of a named stream of random numbers.

    The key is the 64-bit BLAKE2b digest of generator, seed and name, so streams are independent of each other
    and of the order in which they are made.

    Parameters
    ----------
    seed : int
        Any integer; equal seeds give equal streams.
    stream : str
        The name, by custom the path of the module that draws.

    Returns
    -------
    tuple of two ints
        The low and the high word, each in ``[0, 2**32)``.

    Raises
    ------
    ParameterError
        If ``seed`` is not an integer.
    """
    # A decimal number holds no NUL, so different (seed, stream) have different encodings.
    text = f"{_GENERATION}\0{_integer(seed)}\0{stream}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def _product(x: Any, constant: int) -> tuple[Any, Any]:
    """Return the high and the low word of ``x * constant``; every partial sum stays below ``2**32``."""
    low, high = x & _HALF, x >> 16
    c_low, c_high = constant & _HALF, constant >> 16
    bottom = low * c_low
    middle = high * c_low + (bottom >> 16)
    carry = low * c_high + (middle & _HALF)
    return high * c_high + (middle >> 16) + (carry >> 16), (carry << 16) | (bottom & _HALF)


def _plus(x: Any, constant: int) -> Any:
    """Return ``x + constant`` modulo ``2**32`` by halves, since NumPy warns when a scalar sum wraps."""
    low = (x & _HALF) + (constant & _HALF)
    high = (x >> 16) + ((constant >> 16) & _HALF) + (low >> 16)
    return (high << 16) | (low & _HALF)


def _integer(seed: int) -> int:
    """Return the seed as an int, or refuse it."""
    try:
        return operator.index(seed)
    except TypeError:
        raise ParameterError(f"A seed must be an integer, but got {seed!r}. Give a whole number: `seed=42`.") from None
