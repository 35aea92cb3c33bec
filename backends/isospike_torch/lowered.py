"""A graph as torch operations, as core calls it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from isospike.backend import Choice
from isospike.graph.ir import Graph
from isospike_torch.inductor import Inductor
from isospike_torch.lowering import Mode, is_structured, whole_module

__all__ = ["Lowered"]


class Lowered:
    """A graph in the two forms that a call may need: for values alone, and for values with a gradient.

    Parameters
    ----------
    graph : Graph
    mode : Mode
    choice : Choice
        Why it is run like this.
    """

    def __init__(self, graph: Graph, mode: Mode, choice: Choice) -> None:
        self.graph, self.mode, self.choice = graph, mode, choice

    def __call__(self, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        """Run once, connected to the inputs where one of them needs a gradient."""
        if torch.is_grad_enabled() and any(x.requires_grad for x in inputs):
            return list(self._differentiable(*inputs))
        with torch.no_grad():
            return list(self._plain(*inputs))

    @cached_property
    def _plain(self) -> Any:
        return self._lowered(self.mode)

    @cached_property
    def _differentiable(self) -> Any:
        return self._lowered(self.mode.learning())

    def _lowered(self, mode: Mode) -> Any:
        module = whole_module(self.graph, mode)
        is_flat = mode.engine == "compiled" and not is_structured(self.graph)
        return Inductor(module) if is_flat else module.forward
