"""index: basic indexing with integers and slices known when the step is traced.

The index is a tuple with one entry per axis: an integer, or ``(start, stop, step)``.
"""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, unchanged

Index = tuple[int | tuple[int, int, int], ...]


def _infer(x: Aval, *, index: Index) -> Aval:
    return Aval(tuple(len(range(*i)) for i in index if not isinstance(i, int)), x.dtype)


def _evaluate(xp: Any, x: Any, *, index: Index) -> Any:
    return x[tuple(i if isinstance(i, int) else _slice(*i) for i in index)]


def _slice(start: int, stop: int, step: int) -> slice:
    # A negative step that runs to the first element has no non-negative stop.
    return slice(start, None if stop < 0 else stop, step)


OP = Op("index", _infer, _evaluate, unchanged)
