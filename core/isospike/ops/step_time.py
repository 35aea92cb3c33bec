"""step_time: the time i * dt of an integer step.

Time is kept as an integer, so that it does not drift, and a comparison with a constant becomes an integer one
(pass `isospike.graph.passes.integer_time`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isospike import environ
from isospike.graph.aval import Aval
from isospike.graph.op import Op


def _cast(dtypes: Sequence[str | None], kinds: Sequence[str | None]) -> list[str]:
    return ["int32", environ.float_dtype()]


def _infer(step: Aval, dt: Aval) -> Aval:
    return Aval(step.shape, dt.dtype)


def _evaluate(xp: Any, step: Any, dt: Any) -> Any:
    return xp.astype(xp.asarray(step), dt.dtype) * dt


OP = Op("step_time", _infer, _evaluate, _cast)
