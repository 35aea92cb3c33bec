"""A graph as JAX operations, as core calls it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import jax

from isospike.backend import Choice
from isospike.graph.ir import Graph
from isospike_jax.loop import run_graph
from isospike_jax.x64 import x64

__all__ = ["Lowered"]


class Lowered:
    """A graph that XLA compiles on its first call, or that goes op by op.

    Parameters
    ----------
    graph : Graph
    donate : frozenset of int
        Inputs whose buffers are given up.
    choice : Choice
        The engine, ``"xla"`` or ``"eager"``, and why it is that.
    """

    def __init__(self, graph: Graph, donate: frozenset[int], choice: Choice) -> None:
        self.choice = choice
        self._compiled = jax.jit(lambda *inputs: run_graph(graph, inputs), donate_argnums=tuple(sorted(donate)))
        self._dtypes = {v.aval.dtype for n in graph.nodes for v in n.outputs} | {v.aval.dtype for v in graph.inputs}

    def __call__(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Run once."""
        with x64(self._dtypes), jax.disable_jit() if self.choice.engine == "eager" else nullcontext():
            result: Sequence[Any] = self._compiled(*inputs)
        return result
