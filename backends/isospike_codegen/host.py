"""Compiled programs on arrays of NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from isospike.graph.aval import Aval
from isospike.graph.ir import Graph
from isospike_codegen.cpu import CpuProgram, aligned

__all__ = ["HostProgram"]


class HostProgram:
    """A compiled program as a function of arrays of NumPy, which returns new ones.

    Parameters
    ----------
    program : CpuProgram
    graph : Graph
        What it was compiled of.
    """

    def __init__(self, program: CpuProgram, graph: Graph) -> None:
        self._program = program
        self._dtypes = [v.aval.dtype for v in graph.inputs]
        self._outputs = [v.aval for v in graph.outputs]

    def __call__(self, inputs: Sequence[Any]) -> list[np.ndarray]:
        """Run once.

        Raises
        ------
        BackendError
            An array has another shape than the graph says, or the program found it broken.
        """
        given = [np.asarray(x, dtype, order="C") for x, dtype in zip(inputs, self._dtypes, strict=True)]
        self._program.require_shapes(x.shape for x in given)
        results = [_new(aval) for aval in self._outputs]
        self._program([x.ctypes.data for x in given], [y.ctypes.data for y in results])
        return results


def _new(aval: Aval) -> np.ndarray:
    n_bytes = np.dtype(aval.dtype).itemsize * math.prod(aval.shape)
    return aligned(n_bytes).view(aval.dtype).reshape(aval.shape)
