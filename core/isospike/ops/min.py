"""min: the smallest over axes."""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged
from isospike.graph.shapes import reduced_shape, require_elements


def _infer(x: Aval, *, axis: tuple[int, ...], keepdims: bool) -> Aval:
    require_elements("min", x.shape, axis)
    return Aval(reduced_shape(x.shape, axis, keepdims), x.dtype)


def _evaluate(xp: Any, x: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return xp.min(x, axis=axis, keepdims=keepdims)


OP = Op("min", _infer, _evaluate, unchanged)
