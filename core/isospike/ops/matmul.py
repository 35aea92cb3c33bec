"""matmul: the matrix product x @ y over the last axes."""

from __future__ import annotations

from typing import Any

from isospike.errors import ShapeError
from isospike.graph.aval import Aval, broadcast_shapes
from isospike.graph.op import Op, floating


def _infer(x: Aval, y: Aval) -> Aval:
    if x.shape[-1] != y.shape[-2 if len(y.shape) > 1 else -1]:
        msg = f"matmul of shapes {x.shape} and {y.shape}: the inner sizes {x.shape[-1]} and {y.shape[-2:][0]} differ"
        raise ShapeError(msg)
    batch = broadcast_shapes(x.shape[:-2], y.shape[:-2])
    rows = x.shape[-2:-1]
    columns = y.shape[-1:] if len(y.shape) > 1 else ()
    return Aval((*batch, *rows, *columns), x.dtype)


def _evaluate(xp: Any, x: Any, y: Any) -> Any:
    return xp.matmul(x, y)


OP = Op("matmul", _infer, _evaluate, floating)
