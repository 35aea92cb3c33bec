"""The response of a linear cell or synapse to the spikes that reach it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike_conformance.compare import Train

__all__ = ["pulse_response"]


def pulse_response(
    train: Train,
    kernel: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    weights: NDArray[np.float64],
    steps: int,
    *,
    arrival: NDArray[np.int64] | int = 1,
) -> NDArray[np.float64]:
    r"""Return the sum of one kernel for each spike that arrived, of cell i at cell i.

    .. math:: y_i(t) = w_i \sum_{s \in \text{spikes of } i} k(t - s - a_i), \qquad k = 0 \text{ before } 0

    Parameters
    ----------
    train : (steps, neurons)
        The spikes that were sent.
    kernel : callable
        ``kernel(age)``, of ages of 0 and more in steps.
    weights : array (neurons,)
        The weights w.
    steps : int
        Length of the response.
    arrival : int or array (neurons,)
        Steps a from a spike to its arrival; 1 by default, the step after it.

    Returns
    -------
    array (steps, neurons)
    """
    sent, cells = train
    response = np.zeros((steps, len(weights)))
    delays: NDArray[Any] = np.broadcast_to(arrival, weights.shape)
    for start, cell in zip(sent + delays[cells], cells, strict=True):
        response[start:, cell] += weights[cell] * kernel(np.arange(max(steps - start, 0), dtype=np.float64))
    return response
