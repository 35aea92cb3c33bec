"""A value of a step that two backends compute in different ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from isospike.graph.ir import Node, Value
from isospike_conformance.compare.bits import bit_pattern
from isospike_conformance.compare.bitwise import BitVerdict, compare_bits
from isospike_conformance.compare.element import Element, element

__all__ = ["Focus", "Parting"]

# An element of their result comes from other places than its own.
_MIXING = {
    "all",
    "any",
    "concat",
    "event_matvec",
    "index",
    "matmul",
    "max",
    "min",
    "permute_dims",
    "reshape",
    "sum",
    "take",
}

Data = Mapping[Value, NDArray[Any]]


@dataclass(frozen=True)
class Focus:
    """The element of a State in which two sides differ first.

    Parameters
    ----------
    index : int or None
        Its flat index; None for any element.
    shape : tuple of int
        Shape of the State; a value of this shape is taken to hold the same cells.
    """

    index: int | None
    shape: tuple[int, ...]

    def differs(self, reference: NDArray[Any], candidate: NDArray[Any]) -> bool:
        """Say whether the element differs of a value that has the shape of the State."""
        if self.index is None:
            return not compare_bits(reference, candidate)
        if reference.shape != self.shape:
            return False
        sides = bit_pattern(reference).reshape(-1), bit_pattern(candidate).reshape(-1)
        return bool(sides[0][self.index] != sides[1][self.index])

    def alike(self, node: Node, known: Data, got: Data) -> bool:
        """Say whether both sides give a node the same operands, as far as the element is computed from them."""
        unlike = [v for v in node.inputs if not compare_bits(known[v], got[v])]
        if node.op.name in _MIXING or node.op.evaluate is None or self.index is None:
            return not unlike
        return all(v.aval.shape == self.shape and not self.differs(known[v], got[v]) for v in unlike)


@dataclass(frozen=True, eq=False)
class Parting:
    """A node, one of its outputs, and that output on both sides."""

    node: Node
    value: Value
    reference: NDArray[Any]
    candidate: NDArray[Any]

    @property
    def bits(self) -> BitVerdict:
        """How they differ."""
        return compare_bits(self.reference, self.candidate)

    def element(self, focus: Focus) -> Element:
        """Return the element in focus where it differs, else the first that does."""
        first = self.bits.first
        assert first is not None, "the two sides of a Parting differ"
        index = focus.index if focus.differs(self.reference, self.candidate) else None
        return element(self.reference, self.candidate, first.index if index is None else index)
