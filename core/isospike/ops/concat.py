"""concat: arrays joined along an existing axis."""

from __future__ import annotations

from typing import Any

from isospike.errors import ShapeError
from isospike.graph.aval import Aval
from isospike.graph.op import Op, common


def _infer(*avals: Aval, axis: int) -> Aval:
    first = avals[0].shape
    for other in avals[1:]:
        if (*first[:axis], *first[axis + 1 :]) != (*other.shape[:axis], *other.shape[axis + 1 :]):
            msg = (
                f"arrays of shapes {first} and {other.shape} cannot be joined along axis {axis}: the other axes differ"
            )
            raise ShapeError(msg)
    total = sum(a.shape[axis] for a in avals)
    return Aval((*first[:axis], total, *first[axis + 1 :]), avals[0].dtype)


def _evaluate(xp: Any, *arrays: Any, axis: int) -> Any:
    return xp.concat(arrays, axis=axis)


OP = Op("concat", _infer, _evaluate, common)
