"""Random draws inside a step: pure functions of seed, module, step and element, the same on every backend.

Each function is one draw of the module. It reads words of the generator and turns them into numbers by integer
arithmetic and exact conversions, so that no library and no compiler can change a bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.errors import TraceError
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import apply, current_trace
from isospike.module import Module, seed_of
from isospike.random.counts import LARGEST_MEAN, poisson_table
from isospike.random.given import check_shape, numbers_between
from isospike.random.philox import stream_key
from isospike.random.tails import exponential_table, normal_table

__all__ = ["bernoulli", "exponential", "normal", "poisson", "random_bits", "uniform"]


def random_bits(module: Module, shape: tuple[int, ...]) -> Any:
    """Return uint32 words for the present step of a module.

    Parameters
    ----------
    module : Module
        Whose stream is drawn from: the key is a hash of the seed that its network was initialised with and the
        module's path, the counter holds the step of the network, the number of the draw within the step, and
        the element.
    shape : tuple of int
        Shape of the result; leading axes are batch.
    """
    return _bits(module, shape)


def uniform(module: Module, shape: tuple[int, ...]) -> Any:
    """Return numbers of the working precision, uniform in [0, 1).

    They are multiples of ``2**-24`` in float32 and, of two words, of ``2**-53`` in float64. A number in float32 is
    the one in float64, rounded down.

    Parameters
    ----------
    module, shape
        As for `random_bits`.
    """
    words = _words(module, shape)
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
    words = _words(module, shape)
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
    return math.multiply(_inverse_tail(exponential_table, _words(module, shape)), scale)


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
    drawn = math.less(_bits(module, shape), np.minimum(threshold, 2.0**32 - 1).astype(np.uint32))
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
    different, row = np.unique(means, return_inverse=True)
    first, thresholds = poisson_table(different)
    start = row.reshape(means.shape) * thresholds.shape[1]
    words, place = _bits(module, shape), start
    step = thresholds.shape[1] // 2
    while step:
        is_below = math.less(words, math.take(thresholds.ravel(), place + (step - 1)))
        place, step = math.where(is_below, place + step, place), step // 2
    return place + (first[row].reshape(means.shape) - start)


def _words(module: Module, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Return the words of numbers of the working precision: one for float32, the high and the low for float64."""
    if environ.float_dtype() == "float32":
        return (_bits(module, shape),)
    both = _bits(module, shape, words=2)
    return both[0], both[1]


def _inverse_tail(table: Any, words: tuple[Any, ...]) -> Any:
    return apply(op("inverse_tail"), table(environ.float_dtype()), *words)


def _bits(module: Module, shape: tuple[int, ...], **attributes: int) -> Any:
    trace = current_trace()
    if trace is None:
        msg = (
            f"random numbers of {module.path!r} are drawn inside a step: call the module, or run it in for_loop or jit"
        )
        raise TraceError(msg)
    draw = trace.root.draws.get(module.path, 0)
    trace.root.draws[module.path] = draw + 1
    key = np.asarray(stream_key(seed_of(module), module.path), dtype=np.uint32)
    return apply(op("random_bits"), key, module.clock.value, shape=tuple(shape), draw=draw, **attributes)
