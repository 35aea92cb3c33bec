"""One node that is to be written for many examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isospike.graph.ir import Node
from isospike.graph.symbol import Symbol
from isospike.graph.trace import raw

__all__ = ["Call", "Flagged", "batch_axis", "moved"]

Flagged = tuple[Symbol, bool]
"""A value, and whether its first axis is that of the examples."""


@dataclass(frozen=True)
class Call:
    """A node, its operands, which of them have the axis of examples, and how many examples there are."""

    node: Node
    operands: Sequence[Symbol]
    flags: Sequence[bool]
    size: int

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of the node, in a dict to be changed."""
        return dict(self.node.attributes)

    def with_axis(self) -> list[Symbol]:
        """Return all operands with the axis of examples."""
        return [batch_axis(x, f, self.size) for x, f in zip(self.operands, self.flags, strict=True)]


def batch_axis(x: Symbol, has_axis: bool, size: int) -> Symbol:
    """Return x with the axis of examples, repeated along it where it had none."""
    if has_axis:
        return x
    result: Symbol = raw.broadcast_to(x, shape=(size, *x.shape))
    return result


def moved(x: Symbol, source: int, target: int) -> Symbol:
    """Return x with one axis at another place."""
    if source == target:
        return x
    axes = [i for i in range(x.ndim) if i != source]
    axes.insert(target, source)
    result: Symbol = raw.permute_dims(x, axes=tuple(axes))
    return result
