"""A compiled program of one graph on the CPU, run on the memory of whichever array library has called it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from isospike.errors import BackendError
from isospike.graph.ir import Graph
from isospike_codegen.cache import built_from_text
from isospike_codegen.compiler import KernelUnavailableError
from isospike_codegen.program import Source, generate
from isospike_codegen.toolchain import n_threads, toolchain

__all__ = ["CpuProgram", "aligned"]

# Never -ffast-math: errors and traps of floats are not asked for, all else is as written.
_FLAGS = ("-std=c++17", "-fno-math-errno", "-fno-trapping-math")
_LINE = 64  # bytes of a line of the cache, at which arrays begin


class CpuProgram:
    """A graph, compiled. Several threads may run it at a time.

    Parameters
    ----------
    graph : Graph
    compiler : str
        What compiles: see `isospike_codegen.toolchain.toolchain`.
    threads : int, optional
        How many threads share the work, ``ISOSPIKE_THREADS`` by default; the results are the same for any number.

    Attributes
    ----------
    source : Source
        Its text.
    compiled_by : str
        Name and version of the compiler.

    Raises
    ------
    BackendError
        The graph holds what the generator does not know.
    KernelUnavailableError
        There is no compiler, or it fails.
    """

    def __init__(self, graph: Graph, compiler: str, threads: int | None = None) -> None:
        self.source: Source = generate(graph)
        self._shapes = [v.aval.shape for v in graph.inputs]
        self.compiled_by = toolchain(compiler)[0].name
        self._n_threads = n_threads() if threads is None else threads
        self._run = _loaded(self.source, compiler, self._n_threads)
        # Memory of calls that have ended, for the next; two calls at a time have two.
        self._spare: list[np.ndarray] = []

    def require_shapes(self, shapes: Iterable[tuple[int, ...]]) -> None:
        """Refuse arrays of other shapes than those of the graph: the program does not look.

        Raises
        ------
        BackendError
        """
        for given, expected in zip(shapes, self._shapes, strict=True):
            if given != expected:
                raise BackendError(f"a compiled program takes an array of shape {expected}, but was given {given}")

    def __call__(self, inputs: Sequence[int], outputs: Sequence[int]) -> None:
        """Run once.

        Parameters
        ----------
        inputs, outputs : sequence of int
            Addresses of arrays of the shapes and dtypes of the graph, whose elements follow each other.

        Raises
        ------
        BackendError
            The program found that an operand is broken.
        """
        try:
            work = self._spare.pop()
        except IndexError:
            work = aligned(self.source.workspace)
        failure = self._run(_pointers(inputs), _pointers(outputs), work.ctypes.data, self._n_threads)
        self._spare.append(work)
        if failure:
            raise BackendError(self.source.failures[failure - 1])


def aligned(n_bytes: int) -> np.ndarray:
    """Return bytes that begin with a line of the cache."""
    raw = np.empty(n_bytes + _LINE, np.uint8)
    start = -raw.ctypes.data % _LINE
    return raw[start : start + n_bytes]


def _loaded(source: Source, compiler: str, threads: int) -> Any:
    found, more = toolchain(compiler)
    numerics = ("-ffp-contract=off",) if source.is_exact else ("-ffp-contract=fast", "-DISOSPIKE_FLUSH")
    threaded = ("-DISOSPIKE_THREADS", "-pthread") if threads > 1 else ()
    library = built_from_text("native", source.text, [*_FLAGS, *numerics, *threaded, *more], found)
    try:
        run = ctypes.CDLL(str(library)).isospike_run
    except (OSError, AttributeError) as error:
        raise KernelUnavailableError(str(error), f"Run `rm {library}` and try again.") from error
    run.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32]
    run.restype = ctypes.c_int32
    return run


def _pointers(addresses: Sequence[int]) -> Any:
    return (ctypes.c_void_p * len(addresses))(*addresses)
