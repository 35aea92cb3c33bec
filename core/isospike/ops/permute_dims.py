"""permute_dims: x with its axes reordered."""

from __future__ import annotations

from typing import Any

from isospike.errors import ShapeError
from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged


def _infer(x: Aval, *, axes: tuple[int, ...]) -> Aval:
    if sorted(axes) != list(range(len(x.shape))):
        msg = f"an array of shape {x.shape} cannot be permuted by {axes}: name each of its axes once"
        raise ShapeError(msg)
    return Aval(tuple(x.shape[a] for a in axes), x.dtype)


def _evaluate(xp: Any, x: Any, *, axes: tuple[int, ...]) -> Any:
    return xp.permute_dims(x, axes)


OP = Op("permute_dims", _infer, _evaluate, unchanged)
