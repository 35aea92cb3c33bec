"""reshape: the same elements in another shape."""

from __future__ import annotations

import math
from typing import Any

from isospike.errors import ShapeError
from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged


def _infer(x: Aval, *, shape: tuple[int, ...]) -> Aval:
    if math.prod(shape) != math.prod(x.shape):
        msg = f"an array of shape {x.shape} cannot be reshaped to {shape}: the number of elements differs"
        raise ShapeError(msg)
    return Aval(shape, x.dtype)


def _evaluate(xp: Any, x: Any, *, shape: tuple[int, ...]) -> Any:
    return xp.reshape(x, shape)


OP = Op("reshape", _infer, _evaluate, unchanged)
