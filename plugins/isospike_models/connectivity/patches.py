"""The places of an image that each output of a convolution reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike.errors import ParameterError, ShapeError

__all__ = ["padding_of", "patches", "places"]


def padding_of(padding: Any, axis: int) -> int | None:
    """Return the zeros on either side of an axis, ``None`` for as many as keep its size."""
    if padding in ("VALID", "SAME"):
        return 0 if padding == "VALID" else None
    both = (padding, padding) if isinstance(padding, int) else padding
    if not (isinstance(both, tuple) and len(both) == 2 and all(isinstance(n, int) and n >= 0 for n in both)):
        msg = f"Conv2d(padding={padding!r}), expected 'VALID', 'SAME', or numbers of rows and columns, such as (1, 1)"
        raise ParameterError(msg)
    return both[axis]


def places(size: int, kernel: int, stride: int, dilation: int, padding: int | None) -> np.ndarray:
    """Return along one axis the places that each output reads, shape (outputs, kernel); -1 for outside."""
    reach = dilation * (kernel - 1) + 1
    outputs = -(-size // stride) if padding is None else (size + 2 * padding - reach) // stride + 1
    if outputs < 1:
        msg = (
            f"Conv2d(kernel_size=...) reaches over {reach} places of an image of {size} with {padding} on either side, "
            "expected at most all: choose a smaller kernel, or padding='SAME'"
        )
        raise ShapeError(msg)
    before = max(0, (outputs - 1) * stride + reach - size) // 2 if padding is None else padding
    read = np.arange(outputs)[:, None] * stride + np.arange(kernel) * dilation - before
    return np.where((read >= 0) & (read < size), read, -1)


def patches(rows: np.ndarray, cols: np.ndarray, image: tuple[int, ...]) -> np.ndarray:
    """Return the flat places of each patch, shape (outputs, kh * kw * channels); the one past the image for outside."""
    _, width, channels = image
    row, col = rows[:, None, :, None, None], cols[None, :, None, :, None]
    flat = (row * width + col) * channels + np.arange(channels)
    inside = np.broadcast_to((row >= 0) & (col >= 0), flat.shape)
    read = np.where(inside, flat, int(np.prod(image))).reshape(len(rows) * len(cols), -1).astype(np.int32)
    read.flags.writeable = False
    return read
