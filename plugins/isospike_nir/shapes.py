"""Shapes: what size each node has, from the nodes that tell and from what arrives."""

from __future__ import annotations

import math

from isospike.errors import ShapeError
from isospike_nir.audit import Audit
from isospike_nir.nodes import KINDS, Spec
from isospike_nir.nodes.kind import MOST
from isospike_nir.wiring import Wiring

__all__ = ["infer"]

Shape = tuple[int, ...]


def infer(wiring: Wiring, audit: Audit) -> dict[str, Shape]:
    """Return the shape of an input of each node but the Inputs, and of what these give, without batch axes.

    Files often hold the batch axis of a sample in the shapes of Input and Output, and parameters of one number for
    a whole layer; both are put right and noted.

    Raises
    ------
    ShapeError
        A shape cannot be known, or two nodes that an edge joins differ in it.
    """
    shapes: dict[str, Shape] = {}
    for name, spec in wiring.nodes.items():
        own = KINDS[spec.type].in_shape(spec) if spec.type in KINDS else None
        if own is not None:
            shapes[name] = own
    for name in wiring.ends("Input"):
        shapes[name] = _without_batch(wiring, name, shapes, audit)
    given = _spread(wiring, shapes)
    for name, spec in wiring.nodes.items():
        if name not in shapes:
            msg = f"the shape of {spec.title} is not known: give the nodes before it parameters of their full shape"
            raise ShapeError(msg)
    _check(wiring, shapes, given, audit)
    return shapes


def _without_batch(wiring: Wiring, name: str, shapes: dict[str, Shape], audit: Audit) -> Shape:
    declared = wiring.nodes[name].whole("shape")
    for follower in wiring.after(name):
        kind = KINDS.get(wiring.nodes[follower].type)
        rank = len(shapes[follower]) if follower in shapes else kind.rank if kind is not None else None
        if rank is not None and len(declared) > rank and shapes.get(follower, declared[-rank:]) == declared[-rank:]:
            text = (
                f"its shape {declared} holds batch axes, which {follower!r} does not have: read as {declared[-rank:]}"
            )
            audit.note(name, text)
            return declared[-rank:]
    return declared


def _spread(wiring: Wiring, shapes: dict[str, Shape]) -> dict[str, Shape]:
    """Give each node without a shape that of what arrives, until nothing changes; return what each node gives."""
    given: dict[str, Shape] = {}
    new = list(shapes)
    while new:
        for name in new:
            spec = wiring.nodes[name]
            _check_size(spec, shapes[name])
            given[name] = KINDS[spec.type].out_shape(spec, shapes[name]) if spec.type in KINDS else shapes[name]
        new = list(dict.fromkeys(b for a in new for b in wiring.after(a) if b not in shapes))
        shapes |= {name: next(given[a] for a in wiring.before(name) if a in given) for name in new}
    return given


def _check_size(spec: Spec, shape: Shape) -> None:
    if not shape or min(shape) < 1 or math.prod(shape) > MOST:
        msg = (
            f"{spec.title} has the shape {shape}, expected one or more sizes of 1 or more, and {MOST} elements at most"
        )
        raise ShapeError(msg)


def _check(wiring: Wiring, shapes: dict[str, Shape], given: dict[str, Shape], audit: Audit) -> None:
    for source, target in wiring.edges:
        if given[source] != shapes[target]:
            a, b = wiring.nodes[source].title, wiring.nodes[target].title
            msg = (
                f"{a} gives values of shape {given[source]}, but {b} takes {shapes[target]}: put a Flatten between "
                "them, or mend one of the two"
            )
            raise ShapeError(msg)
    for name in wiring.ends("Output"):
        declared = wiring.nodes[name].whole("shape")
        if declared != shapes[name]:
            audit.note(name, f"its shape is given as {declared}: what arrives has {shapes[name]}")
