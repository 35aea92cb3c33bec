"""Kernels, compiled by the C++ compiler of the machine."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import numpy as np

from cupy import cuda
from isospike_codegen.cache import built_from_text
from isospike_codegen.compiler import find_compiler


class RawModule:
    def __init__(self, code: str, options: tuple[str, ...], enable_cooperative_groups: bool) -> None:
        self.cooperates = enable_cooperative_groups
        contraction = "-ffp-contract=off" if "--fmad=false" in options else "-ffp-contract=fast"
        # CuPy adds -ftz=true to what it is given.
        flags = ["-std=c++17", "-O1", "-DISOSPIKE_HOST_SHIM", "-DISOSPIKE_FLUSH", "-pthread", contraction]
        self.library = ctypes.CDLL(str(built_from_text("shim", code, flags, find_compiler())))

    def get_function(self, name: str) -> Kernel:
        assert name == "isospike_kernel"
        return Kernel(self)


class Kernel:
    max_threads_per_block = 64
    kernel = SimpleNamespace(ptr=0)

    def __init__(self, module: RawModule) -> None:
        self.module = module

    def __call__(self, grid: tuple[int], block: tuple[int], arguments: tuple[np.uint64, ...]) -> None:
        assert cuda.Device.depth > 0
        assert grid == (1,) or (self.module.cooperates and grid[0] <= 2)
        assert block[0] <= 64
        assert block[0] % 32 == 0
        assert all(type(x) is np.uint64 for x in arguments)
        self.module.library.isospike_launch(*grid, *block, *(ctypes.c_void_p(int(x)) for x in arguments))
