"""Random words inside a step: pure functions of seed, module, step and element, the same on every backend.

Each call is one draw of the module. The distributions (`isospike.random.continuous`, `isospike.random.discrete`) turn
words into numbers by integer arithmetic and conversions that do not round, so that no library and no compiler can
change a bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ
from isospike.errors import TraceError
from isospike.graph.op import op
from isospike.graph.trace import apply, current_trace
from isospike.module import Module, seed_of
from isospike.random.philox import stream_key

__all__ = ["random_bits", "words_of_precision"]


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
    return _drawn(module, shape)


def words_of_precision(module: Module, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Return the words that a number of the working precision is made of.

    One for float32; the same one and a second, of less weight, for float64: a run in either precision has the same
    noise but for rounding.
    """
    if environ.float_dtype() == "float32":
        return (_drawn(module, shape),)
    both = _drawn(module, shape, words=2)
    return both[0], both[1]


def _drawn(module: Module, shape: tuple[int, ...], **attributes: int) -> Any:
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
