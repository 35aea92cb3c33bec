"""The node types Conv1d and Conv2d."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike.errors import ParameterError, ShapeError
from isospike_nir.layers import Convolution, Convolution1d
from isospike_nir.nodes.context import Context
from isospike_nir.nodes.kind import Kind, Shape, check_work, held
from isospike_nir.nodes.spec import Spec

__all__ = ["ConvolutionKind"]


class ConvolutionKind(Kind):
    """A convolution over one or two axes after that of the channels."""

    def __init__(self, type: str) -> None:
        super().__init__(type)
        self.axes = 1 if type == "Conv1d" else 2
        self.rank = 1 + self.axes

    def in_shape(self, spec: Spec) -> Shape | None:
        """Return the shape that the file gives."""
        if not spec.has("input_shape"):
            return None
        (groups,) = spec.whole("groups")
        return (self._weight(spec).shape[1] * groups, *spec.whole("input_shape", self.axes))

    def out_shape(self, spec: Spec, arriving: Shape) -> Shape:
        """Return the shape of the convolved image."""
        return self._layer(spec, arriving).out_size

    def build(self, spec: Spec, shape: Shape, context: Context) -> Convolution | Convolution1d:
        """Return the layer, whose kernels and biases are trainable."""
        del context
        return self._layer(spec, shape)

    def write(self, module: Any) -> dict[str, Any]:
        """Return kernel, bias and geometry."""
        inner = module.image if self.axes == 1 else module
        size, channels = inner.kernel_size, inner.in_size[0] // len(inner.groups)
        kernels = [held(conv.linear, "weight").reshape(*size, channels, -1) for conv in inner.groups]
        weight = np.transpose(np.concatenate(kernels, axis=-1), (3, 2, 0, 1))
        padding = inner.padding.lower() if isinstance(inner.padding, str) else inner.padding
        geometry = {"stride": inner.stride, "padding": padding, "dilation": inner.dilation}
        shape = inner.in_size[1:]
        if self.axes == 1:
            weight, shape = weight[:, :, 0], shape[1]
            geometry = {k: v if isinstance(v, str) else v[1] for k, v in geometry.items()}
        return {
            "input_shape": shape,
            "weight": np.ascontiguousarray(weight),
            **geometry,
            "groups": len(inner.groups),
            "bias": np.concatenate([held(conv.linear, "bias") for conv in inner.groups]),
        }

    def _weight(self, spec: Spec) -> np.ndarray:
        return spec.array("weight", ndim=2 + self.axes)

    def _layer(self, spec: Spec, shape: Shape) -> Convolution | Convolution1d:
        weight, (groups,) = self._weight(spec), spec.whole("groups")
        bias = spec.array("bias") if spec.has("bias") else np.zeros(weight.shape[0])
        stride, dilation = spec.whole("stride", self.axes), spec.whole("dilation", self.axes)
        padding = self._padding(spec, stride)
        self._check(spec, shape, weight, bias, groups, (*stride, *dilation))
        zeros = (0,) * self.axes if isinstance(padding, str) else padding
        if padding != "SAME":
            reach = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
            if any(r > n + 2 * p for r, n, p in zip(reach, shape[1:], zeros, strict=True)):
                msg = f"{spec.title}: its kernel reaches over {tuple(reach)}, more than its input of shape {shape} has"
                raise ShapeError(msg)
        check_work(spec, shape[1:], weight.shape[2:], zeros, stride, shape[0])
        layer = Convolution if self.axes == 2 else Convolution1d
        return layer(shape, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups)

    def _padding(self, spec: Spec, stride: tuple[int, ...]) -> str | tuple[int, ...]:
        given = spec.fields["padding"] if spec.has("padding") else None
        text = given.decode() if isinstance(given, bytes) else given
        if not isinstance(text, str):
            padding = spec.whole("padding", self.axes)
            if min(padding) < 0:
                msg = f"{spec.title}: padding is {padding}, expected 0 or more"
                raise ParameterError(msg)
            return padding
        if text not in ("same", "valid") or (text == "same" and set(stride) != {1}):
            msg = (
                f"{spec.title}: padding is {text!r} with stride {stride}, expected 'valid', 'same' with a stride of 1, "
                "or numbers of zeros on either side"
            )
            raise ParameterError(msg)
        return text.upper()

    def _check(
        self, spec: Spec, shape: Shape, weight: np.ndarray, bias: np.ndarray, groups: int, positive: tuple[int, ...]
    ) -> None:
        if groups < 1 or min(positive) < 1 or weight.shape[0] % max(groups, 1):
            msg = (
                f"{spec.title}: groups is {groups}, stride and dilation are {positive}, expected positive numbers, and "
                f"groups that divide its {weight.shape[0]} channels"
            )
            raise ParameterError(msg)
        if bias.shape != weight.shape[:1]:
            msg = f"{spec.title}: bias has shape {bias.shape}, but weight has {weight.shape[0]} output channels"
            raise ShapeError(msg)
        if len(shape) != self.rank or shape[0] != weight.shape[1] * groups:
            msg = (
                f"{spec.title}: its input has shape {shape}, but its weight of shape {weight.shape} in {groups} "
                f"group{'s' if groups > 1 else ''} takes {weight.shape[1] * groups} channels and {self.axes} more "
                f"ax{'is' if self.axes == 1 else 'es'}"
            )
            raise ShapeError(msg)
