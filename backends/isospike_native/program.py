"""A compiled program of one graph: NumPy arrays in and out."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from isospike.errors import BackendError
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph
from isospike_codegen.cache import built_from_text
from isospike_codegen.compiler import KernelUnavailableError
from isospike_codegen.program import Source, generate
from isospike_native.toolchain import toolchain

__all__ = ["NativeProgram"]

# Never -ffast-math: errors and traps of floats are not asked for, all else is as written.
_FLAGS = ("-std=c++17", "-fno-math-errno", "-fno-trapping-math")
_LINE = 64  # bytes of a line of the cache, at which arrays begin


class NativeProgram:
    """A graph, compiled.

    Parameters
    ----------
    graph : Graph
    engine : str
        What compiles: ``cpp`` or ``zig``.
    n_threads : int
        How many threads share the work; the results are the same for any number.

    Raises
    ------
    BackendError
        There is no compiler, it fails, or the graph holds what the generator does not know.
    """

    def __init__(self, graph: Graph, engine: str, n_threads: int) -> None:
        self.source: Source = generate(graph)
        self.n_threads = n_threads
        self._inputs = [v.aval for v in graph.inputs]
        self._outputs = [v.aval for v in graph.outputs]
        self._run = _loaded(self.source, engine, n_threads)
        # Memory of calls that have ended, for the next; two calls at a time have two.
        self._spare: list[np.ndarray] = []

    def __call__(self, inputs: Sequence[Any]) -> list[np.ndarray]:
        """Run once and return new arrays.

        Raises
        ------
        BackendError
            The program found that an operand is broken.
        """
        given = [_in_rows(x, aval) for x, aval in zip(inputs, self._inputs, strict=True)]
        results = [np.empty(aval.shape, aval.dtype) for aval in self._outputs]
        work = self._spare.pop() if self._spare else _aligned(self.source.workspace)
        failure = self._run(_pointers(given), _pointers(results), work.ctypes.data, self.n_threads)
        self._spare.append(work)
        if failure:
            raise BackendError(self.source.failures[failure - 1])
        return results


def _loaded(source: Source, engine: str, n_threads: int) -> Any:
    compiler, more = toolchain(engine)
    numerics = ("-ffp-contract=off",) if source.is_exact else ("-ffp-contract=fast", "-DISOSPIKE_FLUSH")
    threads = ("-DISOSPIKE_THREADS", "-pthread") if n_threads > 1 else ()
    try:
        library = built_from_text("native", source.text, [*_FLAGS, *numerics, *threads, *more], compiler)
        run = ctypes.CDLL(str(library)).isospike_run
    except (KernelUnavailableError, OSError) as error:
        why, cure = (error.why, error.cure) if isinstance(error, KernelUnavailableError) else (error, "Try again.")
        raise BackendError(f"backend 'native' cannot compile this program: {why}. {cure}") from error
    run.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32]
    run.restype = ctypes.c_int32
    return run


def _in_rows(array: Any, aval: Aval) -> np.ndarray:
    """Return an array whose elements follow each other, as its aval says."""
    rows = np.asarray(array, dtype=aval.dtype, order="C")
    if rows.shape != aval.shape:
        raise BackendError(f"a compiled program takes an array of shape {aval.shape}, but was given {rows.shape}")
    return rows


def _pointers(arrays: Sequence[np.ndarray]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*(a.ctypes.data for a in arrays))


def _aligned(n_bytes: int) -> np.ndarray:
    raw = np.empty(n_bytes + _LINE, np.uint8)
    start = -raw.ctypes.data % _LINE
    return raw[start : start + n_bytes]
