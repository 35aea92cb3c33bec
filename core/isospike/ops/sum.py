"""sum: the sum over axes; booleans are counted in int32."""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import Aval, dtype_name
from isospike.graph.op import Op, unchanged
from isospike.graph.shapes import reduced_shape


def _infer(x: Aval, *, axis: tuple[int, ...], keepdims: bool) -> Aval:
    return Aval(reduced_shape(x.shape, axis, keepdims), "int32" if x.dtype == "bool" else x.dtype)


def _evaluate(xp: Any, x: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    dtype = "int32" if dtype_name(x.dtype) == "bool" else dtype_name(x.dtype)
    return xp.sum(x, axis=axis, keepdims=keepdims, dtype=getattr(xp, dtype))


OP = Op("sum", _infer, _evaluate, unchanged)
