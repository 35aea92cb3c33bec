"""random_bits: uint32 words of the counter-based generator Philox4x32-10.

The words of element j are a pure function of (key, step, draw, j): no generator state, the same on every
backend, for any chunking or batch. One word is asked for, or several, which are then stacked along a new first axis.
"""

from __future__ import annotations

import math
from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged
from isospike.random.philox import philox4x32


def _infer(key: Aval, step: Aval, *, shape: tuple[int, ...], draw: int, words: int = 1) -> Aval:
    return Aval(shape if words == 1 else (words, *shape), "uint32")


def _evaluate(xp: Any, key: Any, step: Any, *, shape: tuple[int, ...], draw: int, words: int = 1) -> Any:
    element = xp.arange(math.prod(shape[-1:]), dtype=xp.uint32)
    batch = xp.arange(math.prod(shape[:-1]), dtype=xp.uint32)
    counter = (
        xp.reshape(element, (1, -1)),
        xp.reshape(batch, (-1, 1)),
        xp.astype(xp.asarray(step), xp.uint32),
        xp.asarray(draw, dtype=xp.uint32),
    )
    block = [xp.reshape(word, shape) for word in philox4x32(xp, counter, (key[0], key[1]))]
    return block[0] if words == 1 else xp.stack(block[:words])


OP = Op("random_bits", _infer, _evaluate, unchanged)
