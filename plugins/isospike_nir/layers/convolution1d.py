"""Convolution1d: the node Conv1d of NIR."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math
from isospike.module import Module
from isospike_nir.layers.convolution import Convolution

__all__ = ["Convolution1d"]


class Convolution1d(Module):
    """Convolution along one axis: that of an image of one row.

    Parameters
    ----------
    in_size : tuple of int (channels, length)
        Shape of one input.
    weight : array (out_channels, channels / groups, kernel length)
        Kernel; trainable.
    bias : array (out_channels,)
        Bias; trainable.
    stride, padding, dilation, groups
        As in `Convolution`, for the one axis.
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
        self.image = Convolution(
            (in_size[0], 1, in_size[1]),
            weight[:, :, None],
            bias,
            stride=(1, *stride),
            padding=padding if isinstance(padding, str) else (0, *padding),
            dilation=(1, *dilation),
            groups=groups,
        )
        channels, _, length = self.image.out_size
        self.in_size, self.out_size = in_size, (channels, length)

    def update(self, x: Any) -> Any:
        """Return the convolution of inputs."""
        return math.squeeze(self.image(math.expand_dims(x, axis=-2)), axis=-2)
