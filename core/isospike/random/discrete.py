"""Discrete distributions inside a step, by comparisons of integers: the same on every backend."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math
from isospike.module import Module
from isospike.random.counts import LARGEST_MEAN, poisson_table
from isospike.random.given import check_shape, numbers_between
from isospike.random.step import random_bits

__all__ = ["bernoulli", "poisson"]


def bernoulli(module: Module, probability: Any, shape: tuple[int, ...]) -> Any:
    """Return True with a probability known on the host.

    By an integer comparison, which is exact on every backend.

    Parameters
    ----------
    module, shape
        As for `random_bits`.
    probability : float or array (*shape), from 0 to 1
        Rounded down to a multiple of 2**-32.

    Raises
    ------
    ParameterError
        A probability is not a number from 0 to 1, or is computed in the step.
    """
    what = f"bernoulli of {module.path!r}: `probability`"
    threshold = np.floor(numbers_between(what, probability, 0.0, 1.0, "bernoulli(self, 0.1, shape)") * 2.0**32)
    check_shape(what, threshold.shape, tuple(shape))
    drawn = math.less(random_bits(module, shape), np.minimum(threshold, 2.0**32 - 1).astype(np.uint32))
    certain = threshold == 2.0**32  # one more than a word can be
    return math.logical_or(drawn, certain) if certain.any() else drawn


def poisson(module: Module, rate: Any, shape: tuple[int, ...]) -> Any:
    """Return Poisson counts, as int32.

    By integer comparisons with a table: each count has its probability to ``2**-32``.

    Parameters
    ----------
    module, shape
        As for `random_bits`.
    rate : float or array (*shape), from 0 to 10000
        Expected number in a step, known on the host: a rate in time, multiplied by dt.

    Raises
    ------
    ParameterError
        A rate is not a number from 0 to 10000, or is computed in the step.
    UnitError
        It has a unit: it was not multiplied by dt.
    """
    what = f"poisson of {module.path!r}: `rate`, the expected number in a step,"
    means = numbers_between(what, rate, 0.0, LARGEST_MEAN, "poisson(self, 50 * u.Hz * iso.environ.get_dt(), shape)")
    check_shape(what, means.shape, tuple(shape))
    # The table has its rows in the order of the elements, so that neighbours read memory that is near.
    _, place, row = np.unique(means, return_index=True, return_inverse=True)
    order = np.argsort(place)
    row = np.argsort(order)[row.reshape(means.shape)]
    first, thresholds = poisson_table(means.ravel()[place[order]])
    start = row * thresholds.shape[1]
    found = _search(thresholds.ravel(), start, thresholds.shape[1], random_bits(module, shape))
    return found + (first[row] - start)


def _search(thresholds: Any, start: Any, size: int, words: Any) -> Any:
    """Return the first place from start on whose threshold is not above the word, by halving the places."""
    place = start
    for step in (size >> k for k in range(1, size.bit_length())):
        is_above = math.less(words, math.take(thresholds, place + (step - 1)))
        place = math.where(is_above, place + step, place)
    return place
