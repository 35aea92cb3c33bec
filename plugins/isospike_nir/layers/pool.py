"""Pool: the nodes SumPool2d and AvgPool2d of NIR."""

from __future__ import annotations

import math as _math
from typing import Any

from isospike import math
from isospike.dynamics import as_size
from isospike.module import Module
from isospike_models.connectivity.patches import patches, places

__all__ = ["Pool"]


class Pool(Module):
    """Sum or mean over windows of an image with its channels first.

    Parameters
    ----------
    in_size : tuple of int (channels, height, width)
        Shape of one image.
    kernel_size, stride, padding : (int, int)
        Height and width of the window, steps between windows, and zeros on either side.
    mean : bool
        Whether to divide by the size of the window, zeros outside the image included.
    """

    def __init__(
        self,
        in_size: tuple[int, ...],
        kernel_size: tuple[int, int],
        stride: tuple[int, int],
        padding: tuple[int, int],
        *,
        mean: bool,
    ) -> None:
        self.in_size = as_size(in_size, "Pool(in_size=...)")
        self.kernel_size, self.stride, self.padding, self.mean = kernel_size, stride, padding, mean
        rows, cols = (places(in_size[a + 1], kernel_size[a], stride[a], 1, padding[a]) for a in (0, 1))
        self.out_size = (in_size[0], len(rows), len(cols))
        self._windows = patches(rows, cols, (*in_size[1:], 1))

    def update(self, x: Any) -> Any:
        """Return the pooled image."""
        batch = x.shape[: x.ndim - 3]
        flat = math.reshape(x, (*batch, self.in_size[0], _math.prod(self.in_size[1:])))
        nothing = math.zeros_like(flat[..., :1])  # what is outside the image
        total = math.sum(math.take(math.concat([flat, nothing], axis=-1), self._windows, axis=-1), axis=-1)
        if self.mean:
            total = total / float(_math.prod(self.kernel_size))
        return math.reshape(total, (*batch, *self.out_size))
