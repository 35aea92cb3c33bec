"""A compiled program of one graph: arrays of CuPy in and out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import cupy
import numpy as np

from isospike.errors import BackendError
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph
from isospike_codegen.cache import INCLUDE
from isospike_codegen.program import Source, generate
from isospike_cupy.device import Device
from isospike_cupy.launch import Launch, launch_for, width_of

__all__ = ["CupyProgram"]

# Of struct Shared in isospike/team_cuda.h: what its bytes are, and where among its int32 the failure is.
_SHARED, _FAILURE = 32, 2


class CupyProgram:
    """A graph, compiled for a device.

    Parameters
    ----------
    graph : Graph
    device : Device

    Raises
    ------
    BackendError
        The graph holds what the generator does not know or int32 does not count, or CuPy cannot compile it.
    """

    def __init__(self, graph: Graph, device: Device) -> None:
        self.source: Source = generate(graph)
        self.device = device
        self._inputs = [v.aval for v in graph.inputs]
        self._outputs = [v.aval for v in graph.outputs]
        with device.current():
            self._kernel = _compiled(self.source, device)
            self.launch = _launch(self._kernel, width_of(graph), device)

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """Run once, wait, and return new arrays.

        Raises
        ------
        BackendError
            The program found that an operand is broken, or the device failed or has too little memory.
        """
        with self.device.current():
            given = [_in_rows(x, aval) for x, aval in zip(inputs, self._inputs, strict=True)]
            results = [cupy.empty(aval.shape, aval.dtype) for aval in self._outputs]
            failure = self._run(given, results)
        if failure:
            raise BackendError(self.source.failures[failure - 1])
        return results

    def _run(self, given: Sequence[Any], results: Sequence[Any]) -> int:
        work = cupy.empty(self.source.workspace, np.uint8)
        # What the threads share, as zeros, and where the arrays are go to the device in one copy.
        table = np.zeros(_SHARED // 8 + len(given) + len(results), np.uint64)
        table[_SHARED // 8 :] = [x.data.ptr for x in (*given, *results)]
        words = cupy.array(table)
        shared = words.data.ptr
        arguments = (shared + _SHARED, shared + _SHARED + 8 * len(given), work.data.ptr, shared)
        self._kernel((self.launch.blocks,), (self.launch.threads,), tuple(map(np.uint64, arguments)))
        return int(words[: _SHARED // 8].get().view(np.int32)[_FAILURE])


def _compiled(source: Source, device: Device) -> Any:
    # CuPy keeps kernels by their text and options, and does not look into headers. It has denormal numbers flushed to
    # 0, which exact numerics allow for.
    options = ["--std=c++17", f"--include-path={INCLUDE}", f"-DISOSPIKE_HEADERS={_headers()}"]
    options += ["--fmad=false"] if source.is_exact else []
    try:
        module = cupy.RawModule(code=source.text, options=tuple(options), enable_cooperative_groups=device.cooperates)
        return module.get_function("isospike_kernel")
    except MemoryError:
        raise
    except Exception as error:  # of the compiler, of the driver, or of the loader that looks for NVRTC
        said = str(error).strip().splitlines() or ["it said nothing"]
        first = next((line for line in said if "error" in line), said[0])
        msg = (
            f"backend 'cupy' cannot compile this program for {device.name}: {type(error).__name__}: {first}. It is "
            'compiled by NVRTC of the CUDA that CuPy was made for: `pip install "cupy-cuda12x[ctk]"` brings it '
            "(cupy-cuda13x for CUDA 13), and `python -c 'import cupy; cupy.show_config()'` shows what is found"
        )
        raise BackendError(msg) from error


def _launch(kernel: Any, width: int, device: Device) -> Launch:
    def resident(threads: int) -> int:
        each: int = cupy.cuda.driver.occupancyMaxActiveBlocksPerMultiprocessor(kernel.kernel.ptr, threads, 0)
        return each * device.processors if device.cooperates else 1

    return launch_for(width, kernel.max_threads_per_block, resident)


def _in_rows(array: Any, aval: Aval) -> Any:
    """Return an array whose elements follow each other, as its aval says."""
    rows = cupy.asarray(array, dtype=aval.dtype, order="C")
    if rows.shape != aval.shape:
        raise BackendError(f"a compiled program takes an array of shape {aval.shape}, but was given {rows.shape}")
    return rows


@cache
def _headers() -> str:
    texts = [path.read_text() for path in sorted(INCLUDE.rglob("*.h"))]
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:16]
