"""The interface of a node type: reading, shapes, writing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ShapeError
from isospike.module import Module
from isospike.namespace import to_host
from isospike.state import State
from isospike_nir.nodes.context import Context
from isospike_nir.nodes.spec import Spec

__all__ = ["MOST", "Kind", "Shape", "check_work", "held"]

Shape = tuple[int, ...]

#: Elements of a layer, and places that the windows of one read, at most: a shape is a few bytes of a file, what has
#: it may be more than any memory.
MOST = 2**28


class Kind:
    """Base of node types.

    Parameters
    ----------
    type : str
        Name in NIR.
    """

    #: Number of axes of an input, where a node has no shape of its own.
    rank: int | None = None

    def __init__(self, type: str) -> None:
        self.type = type

    def in_shape(self, spec: Spec) -> Shape | None:
        """Return the shape of an input as the node itself tells it, ``None`` where it does not."""
        del spec
        return None

    def out_shape(self, spec: Spec, arriving: Shape) -> Shape:
        """Return the shape of an output for inputs of the given shape: the same, by default."""
        del spec
        return arriving

    def build(self, spec: Spec, shape: Shape, context: Context) -> Module:
        """Return the module of a node."""
        raise NotImplementedError

    def write(self, module: Any) -> dict[str, Any]:
        """Return the fields of a node from its module."""
        raise NotImplementedError

    def has_state(self) -> bool:
        """Say whether a node remembers something from step to step; loops of edges are cut behind such nodes."""
        return False

    def closes_loop(self, spec: Spec, dt: float) -> bool:
        """Say whether a node delays its input by a step (``dt``, in seconds) or more, of itself."""
        del spec, dt
        return False


def check_work(spec: Spec, image: Shape, kernel: Shape, padding: Shape, stride: Shape, channels: int) -> None:
    """Refuse windows over an image that read more than `MOST` places; ``image`` has the axes of the others only.

    Raises
    ------
    ShapeError
        They do.
    """
    axes = zip(image, kernel, padding, stride, strict=True)
    outputs = [(n + 2 * p - k) // s + 1 for n, k, p, s in axes]
    if (places := math.prod((channels, *kernel, *(max(n, 1) for n in outputs)))) > MOST:
        msg = (
            f"{spec.title}: its windows read {places} places of an input of {image} with a padding of {padding}, "
            f"expected {MOST} at most: choose a smaller padding, or a larger stride"
        )
        raise ShapeError(msg)


def held(module: Module, name: str) -> np.ndarray:
    """Return the weights of a connection, those of its State or, before there is one, those that it is made from."""
    state = vars(module).get(name)
    value = state.value if isinstance(state, State) else getattr(module, f"{name}_source")
    value = value.value if isinstance(value, State) else value
    return np.asarray(to_host(units.split(value)[0]))
