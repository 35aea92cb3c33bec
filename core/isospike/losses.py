"""Losses, regularisers and metrics of spikes and readouts, for `isospike.transform.grad`.

Each takes a time axis first where it needs one, then any batch axes, then cells. Means are over all that is left, so
that a loss does not depend on the number of examples.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import environ, math, units
from isospike.errors import ParameterError, ShapeError
from isospike.graph.symbol import Symbol
from isospike.graph.trace import where_am_i
from isospike.namespace import to_host
from isospike.transform import scan

__all__ = [
    "accuracy",
    "cross_entropy",
    "first_spike_cross_entropy",
    "first_spike_times",
    "mean_squared_error",
    "rate_error",
    "rate_penalty",
    "van_rossum_distance",
]


def mean_squared_error(x: Any, target: Any) -> Any:
    r"""Return :math:`\langle (x - y)^2 \rangle`, in the square of the unit.

    Parameters
    ----------
    x, target : array or quantity
        Of shapes that broadcast.
    """
    return math.mean(math.square(x - target))


def cross_entropy(logits: Any, labels: Any) -> Any:
    r"""Return :math:`\langle \log \sum_j e^{x_j} - x_k \rangle` for the right classes k.

    Parameters
    ----------
    logits : array (..., classes)
        Without unit.
    labels : array of int (...)
        Right class of each example, from 0. One outside the classes makes the result NaN where it is traced, as in
        `isospike.fit`.

    Raises
    ------
    ShapeError
        The labels do not have the shape of the examples.
    ParameterError
        A label that is no traced one lies outside the classes.
    """
    right = _is_right("cross_entropy", logits, labels)
    largest = math.stop_gradient(math.max(logits, axis=-1, keepdims=True))
    total = math.log(math.sum(math.exp(logits - largest), axis=-1)) + math.squeeze(largest, axis=-1)
    return math.mean(total - _picked(right, logits))


def accuracy(logits: Any, labels: Any) -> Any:
    """Return the part of examples whose right class has the largest value.

    Of classes that share it the first one is the answer, as in torch and Keras: cells that are all silent always answer
    with class 0, and are right by chance.

    Parameters
    ----------
    logits : array (..., classes)
    labels : array of int (...)
        As for `cross_entropy`, errors too.
    """
    right = _is_right("accuracy", logits, labels)
    n = logits.shape[-1]
    largest = logits == math.max(logits, axis=-1, keepdims=True)
    first = math.min(math.where(largest, np.arange(n, dtype=np.int32), np.int32(n)), axis=-1, keepdims=True)
    answered = math.astype(np.arange(n, dtype=np.int32) == first, environ.float_dtype())
    return math.mean(_picked(right, answered))


def rate_error(spikes: Any, target: Any) -> Any:
    r"""Return :math:`\langle (\nu - \nu^*)^2 \rangle` with the rate of each cell over the whole time.

    Parameters
    ----------
    spikes : array (time, ..., cells)
    target : Quantity, Hz
        Rates that are wanted; broadcasts against (..., cells).
    """
    return mean_squared_error(_rates(spikes), target)


def rate_penalty(spikes: Any, low: Any, high: Any) -> Any:
    r"""Return :math:`\langle [\nu_{low} - \nu]_+^2 + [\nu - \nu_{high}]_+^2 \rangle`: 0 while rates keep to a range.

    Parameters
    ----------
    spikes : array (time, ..., cells)
    low, high : Quantity, Hz
        The range.
    """
    rates = _rates(spikes)
    below, above = math.maximum(low - rates, 0.0 * low), math.maximum(rates - high, 0.0 * high)
    return math.mean(math.square(below) + math.square(above))


def first_spike_times(spikes: Any) -> Any:
    r"""Return the time of the first spike of each cell, and the whole time where it is silent.

    .. math:: t = \sum_i \Delta t \prod_{j \le i} (1 - s_j)

    counts the steps without a spike so far, and has the gradient that its surrogates give the spikes.

    Parameters
    ----------
    spikes : array (time, ..., cells)
    """

    def step(carry: Any, s: Any) -> tuple[Any, None]:
        waiting, count = carry
        waiting = waiting * (1.0 - s)
        return (waiting, count + waiting), None

    first = math.zeros_like(spikes[0])
    (_, count), _ = scan(step, (first + 1.0, first), spikes)
    return count * environ.get_dt()


def first_spike_cross_entropy(spikes: Any, labels: Any, tau: Any) -> Any:
    """Return the cross-entropy of :math:`-t / tau` with the times t of first spikes: the earliest cell decides.

    Parameters
    ----------
    spikes : array (time, ..., classes)
    labels : array of int (...)
    tau : Quantity, ms
        Time that makes a difference.

    References
    ----------
    Mostafa (2018), Supervised learning based on temporal coding in spiking neural networks, IEEE TNNLS 29:3227.
    """
    logits = units.convert(-first_spike_times(spikes) / tau, None, what="first_spike_cross_entropy(tau=...)")
    return cross_entropy(logits, labels)


def van_rossum_distance(spikes: Any, target: Any, tau: Any) -> Any:
    r"""Return the mean of :math:`D^2 = \frac{1}{\tau} \int (f - g)^2 dt` over cells.

    f and g are the spike trains filtered by :math:`e^{-t / \tau}`: a spike more or less counts 1/2, one that moves by
    much less than tau very little.

    Parameters
    ----------
    spikes, target : array (time, ..., cells)
    tau : Quantity, ms
        Time constant of the filter.

    References
    ----------
    van Rossum (2001), A novel spike distance, Neural Computation 13:751.
    """
    ratio = units.convert(environ.get_dt() / tau, None, what="van_rossum_distance(tau=...)")
    decay = math.exp(-ratio)

    def step(carry: Any, difference: Any) -> tuple[Any, None]:
        filtered, total = carry
        filtered = filtered * decay + difference
        return (filtered, total + math.square(filtered)), None

    difference = spikes - target
    first = math.zeros_like(difference[0])
    (_, total), _ = scan(step, (first, first), difference)
    # The exact integral over each step, in which the filtered difference decays.
    return math.mean(total) * (-math.expm1(-2.0 * ratio) / 2.0)


def _rates(spikes: Any) -> Any:
    return math.mean(spikes, axis=0) / environ.get_dt()


def _is_right(name: str, logits: Any, labels: Any) -> Any:
    """Return for each class of each example whether it is the right one."""
    known = labels if isinstance(labels, Symbol) else np.asarray(to_host(labels))
    if tuple(known.shape) != tuple(logits.shape)[:-1]:
        msg = (
            f"{name}: logits of shape {tuple(logits.shape)} and labels of shape {tuple(known.shape)}{where_am_i()}; "
            "expected one label for each example: logits (..., classes), labels (...)"
        )
        raise ShapeError(msg)
    classes = np.arange(logits.shape[-1], dtype=np.int32)
    if not isinstance(known, Symbol):
        _require_classes(name, known, len(classes))
    return math.expand_dims(known, axis=-1) == classes


def _require_classes(name: str, labels: NDArray[Any], n: int) -> None:
    outside = np.argwhere(~np.isin(labels, np.arange(n)))
    if len(outside):
        place = tuple(int(i) for i in outside[0])
        msg = (
            f"{name}: the label {labels[place]}{f' at {place}' * bool(place)} is none of the {n} classes 0 to {n - 1} "
            f"of the logits{where_am_i()}: give the network as many outputs as there are classes, or count labels from "
            "0, as in labels - labels.min()"
        )
        raise ParameterError(msg)


def _picked(right: Any, values: Any) -> Any:
    """Return the value of the right class of each example, NaN where none is."""
    return math.where(math.any(right, axis=-1), math.sum(math.where(right, values, 0.0), axis=-1), math.nan)
