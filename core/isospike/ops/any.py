"""any: true where any is true over axes."""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged
from isospike.graph.shapes import reduced_shape


def _infer(x: Aval, *, axis: tuple[int, ...], keepdims: bool) -> Aval:
    return Aval(reduced_shape(x.shape, axis, keepdims), "bool")


def _evaluate(xp: Any, x: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return xp.any(x, axis=axis, keepdims=keepdims)


OP = Op("any", _infer, _evaluate, unchanged)
