"""A graph whose loops are generated code, on the memory of JAX arrays of the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax

from isospike.backend import Choice
from isospike.graph.ir import Graph
from isospike_codegen.cpu import CpuProgram
from isospike_codegen.host import HostProgram
from isospike_jax.x64 import x64

__all__ = ["FusedLoop"]


class FusedLoop:
    """A compiled program as a function of JAX arrays, which it reads where they are; JAX takes over what it returns.

    Parameters
    ----------
    graph : Graph
    program : CpuProgram
    choice : Choice
        What compiled it.
    device : jax.Device, optional
        Where results are to be, JAX's default if ``None``.
    """

    def __init__(self, graph: Graph, program: CpuProgram, choice: Choice, device: Any) -> None:
        self._program, self._device, self.choice = HostProgram(program, graph), device, choice
        self._dtypes = {v.aval.dtype for v in graph.outputs}

    def __call__(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Run once."""
        results = self._program(inputs)
        with x64(self._dtypes):
            arrays: Sequence[Any] = jax.device_put(results, self._device)
        return arrays
