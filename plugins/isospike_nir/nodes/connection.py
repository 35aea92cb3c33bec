"""The node types Linear, Affine and Scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike.errors import ShapeError
from isospike_models.connectivity.linear import Linear
from isospike_models.connectivity.one_to_one import OneToOne
from isospike_nir.nodes.context import Context
from isospike_nir.nodes.kind import Kind, Shape, held
from isospike_nir.nodes.spec import Spec

__all__ = ["LinearKind", "ScaleKind"]


class LinearKind(Kind):
    """A matrix of weights (outputs, inputs), with a bias where it is an Affine."""

    def in_shape(self, spec: Spec) -> Shape:
        """Return the number of inputs."""
        return (self._weight(spec).shape[1],)

    def out_shape(self, spec: Spec, arriving: Shape) -> Shape:
        """Return the number of outputs."""
        del arriving
        return (self._weight(spec).shape[0],)

    def build(self, spec: Spec, shape: Shape, context: Context) -> Linear:
        """Return the layer, whose weights and bias are trainable."""
        del context
        weight, (n,) = self._weight(spec), self.out_shape(spec, shape)
        bias = None
        if self.type == "Affine":
            bias = spec.array("bias")
            if bias.shape != (n,):
                msg = f"{spec.title}: bias has shape {bias.shape}, but weight has {n} outputs: give it shape ({n},)"
                raise ShapeError(msg)
        return Linear(shape, n, w_init=weight.T.copy(), b_init=bias)

    def write(self, module: Any) -> dict[str, Any]:
        """Return weight and bias."""
        fields = {"weight": np.ascontiguousarray(held(module, "weight").T)}
        return fields if self.type == "Linear" else {**fields, "bias": held(module, "bias")}

    def _weight(self, spec: Spec) -> np.ndarray:
        return spec.array("weight", ndim=2)


class ScaleKind(Kind):
    """A factor for each element."""

    def in_shape(self, spec: Spec) -> Shape | None:
        """Return the shape of the factors; one number tells nothing."""
        shape = spec.array("scale").shape
        return None if shape in ((), (1,)) else shape

    def build(self, spec: Spec, shape: Shape, context: Context) -> OneToOne:
        """Return the connection, whose factors are trainable."""
        del context
        return OneToOne(shape, np.broadcast_to(spec.array("scale"), shape).copy())

    def write(self, module: Any) -> dict[str, Any]:
        """Return the factors."""
        return {"scale": held(module, "weight")}
