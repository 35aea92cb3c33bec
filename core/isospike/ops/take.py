"""take: elements at integer positions along an axis."""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged
from isospike.graph.shapes import require_elements


def _infer(x: Aval, indices: Aval, *, axis: int) -> Aval:
    if 0 not in indices.shape:
        require_elements("take", x.shape, (axis,))
    return Aval((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)


def _evaluate(xp: Any, x: Any, indices: Any, *, axis: int) -> Any:
    flat = xp.take(x, xp.reshape(indices, (-1,)), axis=axis)
    return xp.reshape(flat, (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))


OP = Op("take", _infer, _evaluate, unchanged)
