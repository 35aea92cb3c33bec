"""Tables of inverse tail functions, which turn random words into normal and exponential numbers.

A tail function is u = P(X > x). Its inverse is tabulated over octaves of u, (1/2, 1], (1/4, 1/2] and so on, in equal
segments of each: so it is fine where the tail is far. The operation ``inverse_tail`` evaluates it. Every step of
making a table is one IEEE operation: it is the same on every processor.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np

from isospike.random.gaussian import Floats, logarithm, normal_quantile

__all__ = ["SEGMENTS", "UNITS", "exponential_table", "normal_table"]

SEGMENTS = 128
# The powers of two that the terms of degree 1, 2, ... are counted in, and the number of octaves: those of the words
# that are read, one of 31 bits and a half, or two of 62 bits and a half.
UNITS = {"float32": (-28, -30), "float64": (-56,) * 5}
_OCTAVES = {"float32": 32, "float64": 63}


@cache
def normal_table(dtype: str) -> Floats:
    r"""Return the table of :math:`|x|` for a standard normal x, with the tail :math:`2 \Phi(-|x|)`.

    Parameters
    ----------
    dtype : str
        ``"float32"`` or ``"float64"``.

    Returns
    -------
    array (terms, octaves * SEGMENTS) of that dtype
        Where u lies below the end of a segment by the fraction t of it, x is the sum of ``c[k] t**k``. ``c[0]`` is a
        number, the others are integers that count units of ``2**UNITS[dtype][k - 1]``.
    """
    return _table(lambda u: -normal_quantile(0.5 * u), dtype)


@cache
def exponential_table(dtype: str) -> Floats:
    """Return the table of the standard exponential, with the tail ``exp(-x)``; as `normal_table`."""
    return _table(lambda u: -logarithm(u), dtype)


def _table(inverse: Callable[[Floats], Floats], dtype: str) -> Floats:
    octave = np.ldexp(1.0, -np.arange(1, _OCTAVES[dtype] + 1))[:, None]
    end = (octave * (1.0 + np.arange(1, SEGMENTS + 1) / SEGMENTS)).ravel()
    width = (octave / SEGMENTS).repeat(SEGMENTS)
    degree = len(UNITS[dtype])
    # Where a Chebyshev polynomial is extreme: the interpolant is close to the best polynomial and exact at the ends.
    # So coarse that no sum or product of u rounds.
    nodes = [round(512 - 512 * math.cos(math.pi * i / degree)) / 1024 for i in range(degree + 1)]
    terms = _interpolant(nodes, [inverse(end - width * t) for t in nodes])
    counts = [np.rint(terms[k] * 2.0**-unit) for k, unit in enumerate(UNITS[dtype], start=1)]
    table = np.array([terms[0], *counts], dtype=dtype)
    table.flags.writeable = False
    return table


def _interpolant(nodes: list[float], values: list[Floats]) -> list[Floats]:
    """Return the coefficients, lowest first, of the polynomials through the values, by divided differences."""
    differences = []
    for k in range(len(nodes)):
        differences.append(values[0])
        values = [(b - a) / (nodes[i + k + 1] - nodes[i]) for i, (a, b) in enumerate(pairwise(values))]
    terms = [differences[-1]]
    for node, constant in zip(nodes[-2::-1], differences[-2::-1], strict=True):
        # The polynomial so far, multiplied by t - node.
        terms = [constant - node * terms[0], *(a - node * b for a, b in pairwise(terms)), terms[-1]]
    return terms
