"""Random draws inside a step: pure functions of seed, module, step and element, the same on every backend."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike.errors import TraceError
from isospike.graph.op import op
from isospike.graph.trace import apply, current_trace
from isospike.math import less
from isospike.module import Module, seed_of
from isospike.random.philox import stream_key

__all__ = ["bernoulli", "random_bits"]


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
    trace = current_trace()
    if trace is None:
        msg = (
            f"random numbers of {module.path!r} are drawn inside a step: call the module, or run it in for_loop or jit"
        )
        raise TraceError(msg)
    draw = trace.root.draws.get(module.path, 0)
    trace.root.draws[module.path] = draw + 1
    key = np.asarray(stream_key(seed_of(module), module.path), dtype=np.uint32)
    return apply(op("random_bits"), key, module.clock.value, shape=tuple(shape), draw=draw)


def bernoulli(module: Module, probability: Any, shape: tuple[int, ...]) -> Any:
    """Return True with a probability known on the host.

    By an integer comparison, which is exact on every backend.

    Parameters
    ----------
    module : Module
        Whose stream is drawn from.
    probability : float or array (*shape), from 0 to 1
        Rounded down to a multiple of 2**-32.
    shape : tuple of int
        Shape of the result.
    """
    threshold = np.floor(np.asarray(probability, dtype=np.float64) * 2.0**32)
    limit = np.minimum(threshold, 2.0**32 - 1).astype(np.uint32)
    return less(random_bits(module, shape), limit)
