"""Conv2d: a trainable convolution of images of spikes or of any other values."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math, units
from isospike.comm import Comm
from isospike.dynamics import Size, as_size
from isospike.errors import ShapeError
from isospike.state import State
from isospike_models.connectivity.linear import Linear
from isospike_models.connectivity.patches import padding_of, patches, places
from isospike_models.initialisers.kaiming_normal import KaimingNormal

__all__ = ["Conv2d"]

_W_INIT = KaimingNormal()


class Conv2d(Comm):
    r"""Two-dimensional convolution, channels last.

    .. math:: y_{i j c'} = \sum_{u v c} x_{s i + d u - p,\; s j + d v - p,\; c}\, w_{u v c c'} + b_{c'}

    with stride s, dilation d and padding p; outside the image x is zero. An input is an array of shape
    (\*batch, height, width, channels), as in JAX and BrainX; PyTorch puts channels first. As in every such library,
    the kernel is not flipped. The image is cut into patches by a look-up whose places are known, and these are
    multiplied by the kernel as a matrix: every backend has its gradient.

    Parameters
    ----------
    in_size : tuple of int (height, width, channels)
        Shape of one image.
    out_channels : int
        Number of output channels c'.
    kernel_size : int or (int, int)
        Height and width of the kernel.
    stride, dilation : int or (int, int)
        Places between neighbouring outputs, and between neighbours in the kernel; 1 by default.
    padding : str, int or (int, int)
        Rows and columns of zeros on either side; ``"SAME"`` (default) for as many that there are
        ``ceil(size / stride)`` outputs, where the odd one comes last, ``"VALID"`` for none.
    w_init : Quantity, array (kh, kw, channels, out_channels), initialiser or ParamState
        Kernel w; `KaimingNormal` by default. A ParamState is given as the matrix, of shape
        (kh * kw * channels, out_channels), in which the kernel is held.
    b_init : Quantity, array (out_channels,), initialiser, ParamState or None
        Bias b, as of `Linear`; ``None`` (default) for none.

    Raises
    ------
    ShapeError
        A size does not fit the image, or ``w_init`` or ``b_init`` has another shape.
    ParameterError
        ``padding`` is unknown.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998), Proc. IEEE 86:2278.

    Examples
    --------
    >>> import isospike as iso
    >>> blur = iso.init_all_states(Conv2d((4, 4, 1), 1, kernel_size=2, padding="VALID", w_init=0.25))
    >>> with iso.environ.context(backend="numpy"):
    ...     print(blur(np.ones((4, 4, 1))).shape)
    (3, 3, 1)
    """

    def __init__(
        self,
        in_size: Size,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: str | int | tuple[int, int] = "SAME",
        dilation: int | tuple[int, int] = 1,
        w_init: Any = _W_INIT,
        b_init: Any = None,
    ) -> None:
        image = as_size(in_size, "Conv2d(in_size=...)")
        if len(image) != 3:
            msg = f"Conv2d(in_size={in_size!r}), expected (height, width, channels), such as (28, 28, 1)"
            raise ShapeError(msg)
        (channels,) = as_size(out_channels, "Conv2d(out_channels=...)")
        kernel, steps, apart = (
            _pair(value, name)
            for name, value in (("kernel_size", kernel_size), ("stride", stride), ("dilation", dilation))
        )
        rows, cols = (places(image[a], kernel[a], steps[a], apart[a], padding_of(padding, a)) for a in (0, 1))
        super().__init__(image, (len(rows), len(cols), channels))
        self._patches = patches(rows, cols, image)
        matrix = (kernel[0] * kernel[1] * image[2], channels)
        self.linear = Linear(matrix[0], matrix[1], _as_matrix(w_init, (*kernel, image[2], channels), matrix), b_init)

    # The kernel is that of the layer inside, whose State it is: a second name for it cannot be assigned.
    @property
    def weight(self) -> State:  # type: ignore[override]
        """The kernel as a matrix of shape (kh * kw * channels, out_channels)."""
        return self.linear.weight

    @property
    def weight_source(self) -> Any:
        """What the kernel is made from."""
        return self.linear.weight_source

    def weight_unit(self) -> Any:
        """Return the unit of the kernel, ``None`` for pure numbers."""
        return self.linear.weight_unit()

    def update(self, x: Any) -> Any:
        """Return the convolution of images, with the bias."""
        mantissa, unit = units.split(math.asarray(x))
        if not self.has_cells(mantissa):
            msg = (
                f"Conv2d {self.path!r} takes images of shape (..., {', '.join(map(str, self.in_size))}), but was given "
                f"shape {tuple(mantissa.shape)}: write iso.math.reshape(x, {self.in_size})"
            )
            raise ShapeError(msg)
        flat = self.flat(mantissa)
        nothing = math.zeros_like(flat[..., :1])  # what is outside the image
        patches = math.take(math.concat([flat, nothing], axis=-1), self._patches, axis=-1)
        rows = math.reshape(patches, (-1, self._patches.shape[1]))
        total = self.linear(units.quantity(rows, unit))
        total, unit = units.split(math.reshape(total, (*mantissa.shape[:-3], self.n_post)))
        return units.quantity(self.shape_output(total), unit)


def _pair(value: Any, name: str) -> tuple[int, int]:
    sizes = as_size(value, f"Conv2d({name}=...)")
    if len(sizes) > 2:
        msg = f"Conv2d({name}={value!r}), expected one number, or two for height and width, such as (3, 3)"
        raise ShapeError(msg)
    return sizes[0], sizes[-1]


def _as_matrix(w_init: Any, kernel: tuple[int, ...], matrix: tuple[int, int]) -> Any:
    """Return an array of a kernel as a matrix; whatever else makes weights as it is."""
    if callable(w_init) or isinstance(w_init, State):
        return w_init
    mantissa, unit = units.split(w_init)
    shape = np.shape(mantissa)
    if shape not in ((), kernel):
        msg = f"Conv2d(w_init=...) has shape {shape}, expected one number, or a kernel of shape {kernel}"
        raise ShapeError(msg)
    return w_init if shape == () else units.quantity(np.asarray(mantissa).reshape(matrix), unit)
