"""A stand-in for CuPy, as far as its backend uses it: arrays of NumPy, and kernels on threads of the system.

Kernels are what the backend compiles for a GPU, with a header that gives them what they use of CUDA. A device has two
multiprocessors, each of which holds one block of 64 threads. Its memory is that of the machine.
"""

from __future__ import annotations

import numpy as np

from cupy import cuda
from cupy.raw import RawModule

__all__ = ["RawModule", "array", "asarray", "concatenate", "cuda", "empty", "ndarray"]
__version__ = "0.0"


class Pointer:
    def __init__(self, ptr: int) -> None:
        self.ptr = ptr


class ndarray(np.ndarray):
    """An array whose data are on "the device": on the host only by ``get``."""

    @property
    def data(self) -> Pointer:  # type: ignore[override]
        return Pointer(self.ctypes.data)

    @property
    def device(self) -> cuda.Device:  # type: ignore[override]
        return cuda.Device(0)

    def get(self) -> np.ndarray:
        return np.array(self)


def array(value, dtype=None):
    return np.array(value, dtype=dtype).view(ndarray)


def asarray(value, dtype=None, order="K"):
    if not isinstance(value, ndarray):
        raise TypeError(f"a copy to the device that nobody asked for: {type(value)}")
    return np.asanyarray(value, dtype=dtype, order=order)


def empty(shape, dtype):
    # No number that is forgotten is 0 by luck.
    n_bytes = int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize
    return np.frombuffer(bytearray(b"\xa5" * n_bytes), dtype).reshape(shape).view(ndarray)


def concatenate(arrays):
    return np.concatenate(arrays).view(ndarray)
