"""Divide examples into those to learn from and those to test on."""

from __future__ import annotations

from typing import Any

from isospike import environ, units
from isospike.data.columns import columns
from isospike.errors import ParameterError, ShapeError
from isospike.random.host import HostRandom

__all__ = ["split"]


def split(*arrays: Any, share: float, seed: int | None = None) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return arrays in two parts, in random order.

    Parameters
    ----------
    *arrays : array or quantity (examples, ...)
        Of one length; lists, and Series and DataFrames of pandas, are made into arrays.
    share : float
        Part of the examples that goes to the second part, between 0 and 1; rounded to whole examples.
    seed : int, optional
        That of the environment by default. Equal seeds and lengths give equal parts.

    Returns
    -------
    (tuple, tuple)
        The arrays with the examples to learn from, and those to test on.

    Raises
    ------
    ShapeError
        The arrays differ in length.
    ParameterError
        A part would be empty, or an array is a sequence of Events or holds no numbers.

    Examples
    --------
    >>> import numpy as np
    >>> (train,), (test,) = split(np.arange(10), share=0.2, seed=1)
    >>> len(train), len(test)
    (8, 2)
    """
    arrays = columns("split", arrays)
    lengths = [len(units.split(x)[0]) for x in arrays]
    if len(set(lengths)) != 1:
        msg = f"split(*arrays) is given arrays of lengths {lengths}, expected one length: split(x, y, share=0.2)"
        raise ShapeError(msg)
    n, second = lengths[0], round(lengths[0] * share)
    if not 0 < second < n:
        msg = f"split(share={share!r}) divides {n} examples into {n - second} and {second}: write share=0.2"
        raise ParameterError(msg)
    order = HostRandom(int(environ.get("seed")) if seed is None else seed, "split").permutation(n)
    first, rest = order[second:], order[:second]
    return tuple(x[first] for x in arrays), tuple(x[rest] for x in arrays)
