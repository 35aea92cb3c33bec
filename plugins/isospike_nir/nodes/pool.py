"""The node types SumPool2d and AvgPool2d."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike.errors import ParameterError, ShapeError
from isospike_nir.layers import Pool
from isospike_nir.nodes.context import Context
from isospike_nir.nodes.kind import Kind, Shape, check_work
from isospike_nir.nodes.spec import Spec

__all__ = ["PoolKind"]


class PoolKind(Kind):
    """Sums or means over windows of an image (channels, height, width)."""

    rank = 3

    def out_shape(self, spec: Spec, arriving: Shape) -> Shape:
        """Return the shape of the pooled image."""
        return self._pool(spec, arriving).out_size

    def build(self, spec: Spec, shape: Shape, context: Context) -> Pool:
        """Return the layer."""
        del context
        return self._pool(spec, shape)

    def write(self, module: Any) -> dict[str, Any]:
        """Return the windows."""
        return {name: np.array(getattr(module, name)) for name in ("kernel_size", "stride", "padding")}

    def _pool(self, spec: Spec, shape: Shape) -> Pool:
        kernel, stride, padding = (_pair(spec, name) for name in ("kernel_size", "stride", "padding"))
        if min(*kernel, *stride) < 1 or min(padding) < 0:
            msg = (
                f"{spec.title}: kernel_size={kernel}, stride={stride}, padding={padding}, expected positive sizes and "
                "strides, and a padding of 0 or more"
            )
            raise ParameterError(msg)
        if len(shape) != 3 or any(k > n + 2 * p for k, n, p in zip(kernel, shape[1:], padding, strict=True)):
            msg = f"{spec.title}: its windows of {kernel} do not fit into an input of shape {shape}"
            raise ShapeError(msg)
        check_work(spec, shape[1:], kernel, padding, stride, shape[0])
        return Pool(shape, kernel, stride, padding, mean=self.type == "AvgPool2d")


def _pair(spec: Spec, field: str) -> tuple[int, int]:
    first, second = spec.whole(field, 2)
    return first, second
