"""all: true where all are true over axes."""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged
from isospike.graph.shapes import reduced_shape


def _infer(x: Aval, *, axis: tuple[int, ...], keepdims: bool) -> Aval:
    return Aval(reduced_shape(x.shape, axis, keepdims), "bool")


def _evaluate(xp: Any, x: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return xp.all(x, axis=axis, keepdims=keepdims)


OP = Op("all", _infer, _evaluate, unchanged)
