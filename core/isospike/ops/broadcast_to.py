"""broadcast_to: x repeated along new or unit axes."""

from __future__ import annotations

from typing import Any

from isospike.errors import ShapeError
from isospike.graph.aval import Aval, broadcast_shapes
from isospike.graph.op import Op, unchanged


def _infer(x: Aval, *, shape: tuple[int, ...]) -> Aval:
    if broadcast_shapes(x.shape, shape) != shape:
        msg = f"an array of shape {x.shape} cannot be repeated to shape {shape}: an axis would shrink"
        raise ShapeError(msg)
    return Aval(shape, x.dtype)


def _evaluate(xp: Any, x: Any, *, shape: tuple[int, ...]) -> Any:
    return xp.broadcast_to(x, shape)


OP = Op("broadcast_to", _infer, _evaluate, unchanged)
