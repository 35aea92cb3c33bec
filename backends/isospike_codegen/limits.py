"""What a program can hold: arrays whose elements an int32 counts."""

from __future__ import annotations

import math

from isospike.errors import BackendError
from isospike.graph.ir import Graph, Origin

__all__ = ["require_small"]

_LARGEST = 2**31 - 2**20  # room for the stride of a loop beyond the end


def require_small(graph: Graph) -> None:
    """Raise ``BackendError`` where an array of a graph is too large."""
    origins = {v: node.origin for node in graph.nodes for v in node.outputs}
    for value in (*graph.inputs, *origins):
        if math.prod(value.aval.shape) > _LARGEST:
            where = f" of {origins.get(value, Origin())}" if value in origins else ""
            msg = (
                f"the array {value.aval}{where} has {math.prod(value.aval.shape)} elements, but generated code counts "
                "elements in int32: split the population or the projection into parts, or choose another backend, as "
                "in iso.environ.context(backend='numpy')"
            )
            raise BackendError(msg)
    for node in graph.nodes:
        for inner in node.attributes.values():
            if isinstance(inner, Graph):
                require_small(inner)
