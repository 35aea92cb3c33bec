"""Derivatives: the pullback of a graph by autograd."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from isospike.graph.ir import Node
from isospike_torch.lowering import Mode, flat_module

__all__ = ["Pullback"]


class Pullback(torch.nn.Module):
    """A vjp of the graph, from its operands to the results of its body and the gradients.

    Parameters
    ----------
    node : Node
        The vjp.
    mode : Mode
        What it is for; the body is differentiable in any case.
    """

    def __init__(self, node: Node, mode: Mode) -> None:
        super().__init__()
        body = node.attributes["body"]
        self.n_const: int = node.attributes["n_const"]
        self.n_inputs = len(body.inputs)
        self.body = flat_module(body, mode.learning())
        self.is_inner = mode.differentiable

    def forward(self, *operands: Tensor) -> list[Tensor]:
        """Return the results, and the gradients with respect to the operands behind the constants."""
        constants, points = operands[: self.n_const], operands[self.n_const : self.n_inputs]
        slopes = operands[self.n_inputs :]
        # A gradient of this gradient may be asked for: then everything stays connected.
        nested = self.is_inner and torch.is_grad_enabled() and any(x.requires_grad for x in operands)
        with torch.enable_grad():
            starts = [x.view_as(x) if x.requires_grad and nested else x.detach().requires_grad_() for x in points]
            results = self.body(*constants, *starts)
            gradients = _pulled(results, starts, slopes, nested)
        return [*(results if nested else [x.detach() for x in results]), *gradients]


def _pulled(results: Sequence[Tensor], starts: list[Tensor], slopes: Sequence[Tensor], nested: bool) -> list[Tensor]:
    # A result that depends on no start, as that of a silent model, has the gradient zero.
    pairs = [(y, s) for y, s in zip(results, slopes, strict=False) if y.requires_grad]
    if not pairs or not starts:
        return [torch.zeros_like(x) for x in starts]
    outputs, weights = zip(*pairs, strict=True)
    return list(
        torch.autograd.grad(outputs, starts, weights, create_graph=nested, allow_unused=True, materialize_grads=True)
    )
