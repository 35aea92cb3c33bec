"""where: x where the condition holds, y elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from isospike.graph.op import common, elementwise


def _cast(dtypes: Sequence[str | None], kinds: Sequence[str | None]) -> list[str]:
    return ["bool", *common(dtypes[1:], kinds[1:])]


OP = elementwise(
    "where",
    None,
    lambda m, out, condition, x, y: m.where(condition, 1.0, 0.0),
    lambda m, out, condition, x, y: m.where(condition, 0.0, 1.0),
    cast=_cast,
)
