"""The node type Flatten."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from isospike.errors import ShapeError
from isospike_nir.layers import Flatten
from isospike_nir.nodes.context import Context
from isospike_nir.nodes.kind import Kind, Shape
from isospike_nir.nodes.spec import Spec

__all__ = ["FlattenKind"]


class FlattenKind(Kind):
    """Axes ``start_dim`` to ``end_dim`` of an input, which has no batch axis, as one."""

    def in_shape(self, spec: Spec) -> Shape | None:
        """Return the shape that the file gives."""
        return spec.whole("input_type") if spec.has("input_type") else None

    def out_shape(self, spec: Spec, arriving: Shape) -> Shape:
        """Return the shape with the axes joined."""
        n = len(arriving)
        (first,), (last,) = spec.whole("start_dim"), spec.whole("end_dim")
        start, end = (d + n if d < 0 else d for d in (first, last))
        if not 0 <= start <= end < n:
            msg = (
                f"{spec.title}: start_dim={first} and end_dim={last} are not axes of its input, which has shape "
                f"{arriving} without the batch: write start_dim=0, end_dim=-1 to join all"
            )
            raise ShapeError(msg)
        return (*arriving[:start], math.prod(arriving[start : end + 1]), *arriving[end + 1 :])

    def build(self, spec: Spec, shape: Shape, context: Context) -> Flatten:
        """Return the layer."""
        del context
        return Flatten(shape, self.out_shape(spec, shape))

    def write(self, module: Any) -> dict[str, Any]:
        """Return the input's shape and the axes that make it the output's."""
        before, after = module.in_size, module.out_size
        start = next((k for k, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(after) - 1)
        end = start + len(before) - len(after)
        return {"input_type": np.array(before), "start_dim": start, "end_dim": end}
