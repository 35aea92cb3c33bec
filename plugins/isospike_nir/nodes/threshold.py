"""The node type Threshold."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike_nir.layers import Threshold
from isospike_nir.nodes.context import Context
from isospike_nir.nodes.kind import Kind, Shape
from isospike_nir.nodes.spec import Spec

__all__ = ["ThresholdKind"]


class ThresholdKind(Kind):
    """A step function of each element."""

    def in_shape(self, spec: Spec) -> Shape | None:
        """Return the shape of the thresholds; one number tells nothing."""
        shape = spec.array("threshold").shape
        return None if shape in ((), (1,)) else shape

    def build(self, spec: Spec, shape: Shape, context: Context) -> Threshold:
        """Return the step function."""
        return Threshold(shape, np.broadcast_to(spec.array("threshold"), shape), context.spk_fun)

    def write(self, module: Any) -> dict[str, Any]:
        """Return the thresholds."""
        return {"threshold": module.threshold}
