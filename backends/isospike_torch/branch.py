"""Branches and loops that a value decides: it is read on the host, and Python goes the way that it says."""

from __future__ import annotations

import torch
from torch import Tensor

from isospike.graph.ir import Node
from isospike_torch.lowering import Mode, flat_module

__all__ = ["When", "WhileLoop"]


class When(torch.nn.Module):
    """The results of a graph where the last operand is true, and the operands before it where it is not.

    Parameters
    ----------
    node : Node
        The branch.
    mode : Mode
        What it is for.
    """

    def __init__(self, node: Node, mode: Mode) -> None:
        super().__init__()
        self.n_const: int = node.attributes["n_const"]
        self.body = flat_module(node.attributes["body"], mode)

    def forward(self, *operands: Tensor) -> list[Tensor]:
        """Run the body, or hand on what is given."""
        return list(self.body(*operands[: self.n_const]) if operands[-1] else operands[self.n_const : -1])


class WhileLoop(When):
    """A loop that goes on as long as the last output of its body is true."""

    def forward(self, *operands: Tensor) -> list[Tensor]:
        """Run the body until it says no."""
        constants, (*carry, again) = operands[: self.n_const], operands[self.n_const :]
        while again:
            *carry, again = self.body(*constants, *carry)
        return carry
