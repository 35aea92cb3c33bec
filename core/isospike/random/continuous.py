"""Continuous distributions inside a step, in the working precision, the same bits on every backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import apply
from isospike.module import Module
from isospike.random.given import check_shape, numbers_between
from isospike.random.step import words_of_precision
from isospike.random.tails import exponential_table, normal_table

__all__ = ["exponential", "normal", "uniform"]


def uniform(module: Module, shape: tuple[int, ...]) -> Any:
    """Return numbers of the working precision, uniform in [0, 1).

    They are multiples of ``2**-24`` in float32 and, of two words, of ``2**-53`` in float64. A number in float32 is
    the one in float64, rounded down.

    Parameters
    ----------
    module, shape
        As for `random_bits`.
    """
    words = words_of_precision(module, shape)
    if len(words) == 1:
        return math.astype(words[0] >> 8, "float32") * 2.0**-24
    return math.astype(words[0], "float64") * 2.0**-32 + math.astype(words[1] >> 11, "float64") * 2.0**-53


def normal(module: Module, shape: tuple[int, ...]) -> Any:
    r"""Return standard normal numbers of the working precision.

    By inversion, :math:`\Phi^{-1}` of a uniform number: exactly symmetric, at most 6.3 in size in float32, of one
    word, and 9.1 in float64, of two.

    Parameters
    ----------
    module, shape
        As for `random_bits`.
    """
    words = words_of_precision(module, shape)
    size = _inverse_tail(normal_table, words)
    return math.where(words[0] >> 31 == 0, math.negative(size), size)


def exponential(module: Module, scale: Any, shape: tuple[int, ...]) -> Any:
    r"""Return exponentially distributed numbers of the working precision, in the unit of the scale.

    By inversion, :math:`-s \log u` of a uniform number: at most 22.2 s in float32 and 43.7 s in float64.

    Parameters
    ----------
    module, shape
        As for `random_bits`.
    scale : number, array or Quantity (*shape)
        The mean :math:`s`, not negative. A value that is computed in the step is not checked.

    Raises
    ------
    ParameterError
        The scale is negative, infinite or NaN.
    """
    what, mantissa = f"exponential of {module.path!r}: `scale`", units.split(scale)[0]
    if not isinstance(mantissa, Symbol):
        mantissa = numbers_between(what, mantissa, 0.0, np.inf, "exponential(self, 5.0 * u.ms, shape)")
    check_shape(what, mantissa.shape, tuple(shape))
    return math.multiply(_inverse_tail(exponential_table, words_of_precision(module, shape)), scale)


def _inverse_tail(table: Callable[[str], Any], words: tuple[Any, ...]) -> Any:
    return apply(op("inverse_tail"), table(environ.float_dtype()), *words)
