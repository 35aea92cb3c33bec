"""random_bits: uint32 words of the counter-based generator Philox4x32-10.

The word of element j is a pure function of (key, step, draw, j): no generator state, the same on every
backend, for any chunking or batch.
"""

from __future__ import annotations

import math
from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged
from isospike.random.philox import philox4x32


def _infer(key: Aval, step: Aval, *, shape: tuple[int, ...], draw: int) -> Aval:
    return Aval(shape, "uint32")


def _evaluate(xp: Any, key: Any, step: Any, *, shape: tuple[int, ...], draw: int) -> Any:
    element = xp.arange(math.prod(shape[-1:]), dtype=xp.uint32)
    batch = xp.arange(math.prod(shape[:-1]), dtype=xp.uint32)
    counter = (
        xp.reshape(element, (1, -1)),
        xp.reshape(batch, (-1, 1)),
        xp.astype(xp.asarray(step), xp.uint32),
        xp.asarray(draw, dtype=xp.uint32),
    )
    words = philox4x32(xp, counter, (key[0], key[1]))
    return xp.reshape(words[0], shape)


OP = Op("random_bits", _infer, _evaluate, unchanged)
