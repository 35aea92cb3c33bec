"""Convolution: the nodes Conv1d and Conv2d of NIR."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math
from isospike.dynamics import as_size
from isospike.module import Module
from isospike_models.connectivity.conv2d import Conv2d

__all__ = ["Convolution"]


class Convolution(Module):
    """Convolution of an image with its channels first, as in PyTorch; one `Conv2d` for each group.

    Parameters
    ----------
    in_size : tuple of int (channels, height, width)
        Shape of one image.
    weight : array (out_channels, channels / groups, kernel height, kernel width)
        Kernel; trainable, as the `Conv2d` of the groups hold it.
    bias : array (out_channels,)
        Bias; trainable.
    stride, dilation : (int, int)
        Steps between outputs, and between neighbours in the kernel.
    padding : str or (int, int)
        ``"SAME"``, ``"VALID"``, or zeros on either side.
    groups : int
        Number of groups of channels that do not mix.
    """

    def __init__(
        self,
        in_size: tuple[int, ...],
        weight: np.ndarray,
        bias: np.ndarray,
        *,
        stride: tuple[int, ...],
        padding: str | tuple[int, ...],
        dilation: tuple[int, ...],
        groups: int,
    ) -> None:
        self.in_size = as_size(in_size, "Convolution(in_size=...)")
        self.stride, self.padding, self.dilation = stride, padding, dilation
        kernels = np.split(np.transpose(weight, (2, 3, 1, 0)), groups, axis=-1)
        image = (*in_size[1:], in_size[0] // groups)
        size, n = _pair(weight.shape[2:]), weight.shape[0] // groups
        zeros = padding if isinstance(padding, str) else _pair(padding)
        self.groups = [
            Conv2d(image, n, size, _pair(stride), zeros, _pair(dilation), kernel, part)
            for kernel, part in zip(kernels, np.split(bias, groups), strict=True)
        ]
        self.kernel_size = size
        height, width, _ = self.groups[0].out_size
        self.out_size = (weight.shape[0], height, width)

    def update(self, x: Any) -> Any:
        """Return the convolution of images."""
        n = self.in_size[0] // len(self.groups)
        last = x.ndim - 1
        image = math.permute_dims(x, (*range(last - 2), last - 1, last, last - 2))
        parts = [conv(image[..., k * n : (k + 1) * n]) for k, conv in enumerate(self.groups)]
        joined = parts[0] if len(parts) == 1 else math.concat(parts, axis=-1)
        return math.permute_dims(joined, (*range(last - 2), last, last - 2, last - 1))


def _pair(values: tuple[int, ...]) -> tuple[int, int]:
    first, second = values
    return first, second
