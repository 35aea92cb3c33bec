"""The driver of NVIDIA's GPUs, as far as launching kernels needs it.

Array libraries use the primary context of a device: what is loaded into that runs on their memory and in their streams.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from isospike.errors import BackendError
from isospike_codegen.compiler import KernelUnavailableError

__all__ = ["Driver"]

_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
# Attributes of a device: its compute capability and the number of its multiprocessors.
_MAJOR, _MINOR, _PROCESSORS = 75, 76, 16
_CURE = "`nvidia-smi` shows the driver and its devices."


class Driver:
    """The driver of this machine, started.

    Attributes
    ----------
    cuda : int
        The CUDA that it can run, such as 13.

    Raises
    ------
    KernelUnavailableError
        There is none, or it finds no device.
    """

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(_LIBRARY)
        except OSError as error:
            raise KernelUnavailableError(f"no driver of NVIDIA is found: {error}", _CURE) from error
        version, count = ctypes.c_int(), ctypes.c_int()
        self._ready("cuInit", 0)
        self._ready("cuDriverGetVersion", ctypes.byref(version))
        self._ready("cuDeviceGetCount", ctypes.byref(count))
        if not count.value:
            raise KernelUnavailableError("the driver of NVIDIA finds no device", _CURE)
        self.cuda, self.n_devices = version.value // 1000, count.value

    def architecture(self, device: int) -> str:
        """Return what a device is compiled for, such as ``"sm_90"``."""
        return f"sm_{self._attribute(_MAJOR, device)}{self._attribute(_MINOR, device)}"

    def processors(self, device: int) -> int:
        """Return the number of multiprocessors of a device."""
        return self._attribute(_PROCESSORS, device)

    def functions(self, code: bytes, names: Sequence[str], device: int) -> list[int]:
        """Return the handles of kernels of some machine code, loaded for a device and kept for the whole process.

        Raises
        ------
        KernelUnavailableError
            The driver cannot load the code.
        """
        with self._context(device):
            module, handles = ctypes.c_void_p(), [ctypes.c_void_p() for _ in names]
            self._ready("cuModuleLoadData", ctypes.byref(module), code)
            for handle, name in zip(handles, names, strict=True):
                self._ready("cuModuleGetFunction", ctypes.byref(handle), module, name.encode())
        return [handle.value or 0 for handle in handles]

    def launch(self, function: int, blocks: int, threads: int, stream: int, arguments: Sequence[Any]) -> None:
        """Start a kernel on the current device and return at once.

        Parameters
        ----------
        function : int
            Its handle.
        blocks, threads : int
            How many blocks of how many threads.
        stream : int
            Where it waits for what is before.
        arguments : sequence of ctypes objects
            Those of the kernel.

        Raises
        ------
        BackendError
            The device refuses.
        """
        given = (ctypes.c_void_p * len(arguments))(*(ctypes.addressof(a) for a in arguments))
        status = self._library.cuLaunchKernel(
            ctypes.c_void_p(function), blocks, 1, 1, threads, 1, 1, 0, ctypes.c_void_p(stream), given, None
        )
        if status:
            msg = (
                f"the GPU failed: {self._said(status)}. After a failure it may answer nothing more: start Python "
                "again. To compute on the CPU, write iso.environ.context(device='cpu')"
            )
            raise BackendError(msg)

    def address(self, name: str) -> int:
        """Return where a function of the driver is, for compiled code that calls it."""
        return ctypes.cast(getattr(self._library, name), ctypes.c_void_p).value or 0

    @contextmanager
    def _context(self, device: int) -> Iterator[None]:
        """Make the context that array libraries share the current one."""
        context = ctypes.c_void_p()
        self._ready("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self._ready("cuCtxPushCurrent_v2", context)
        try:
            yield
        finally:
            self._ready("cuCtxPopCurrent_v2", ctypes.byref(context))

    def _attribute(self, which: int, device: int) -> int:
        value = ctypes.c_int()
        self._ready("cuDeviceGetAttribute", ctypes.byref(value), which, device)
        return value.value

    def _ready(self, name: str, *arguments: Any) -> None:
        if status := getattr(self._library, name)(*arguments):
            raise KernelUnavailableError(f"the driver of NVIDIA fails in {name}: {self._said(status)}", _CURE)

    def _said(self, status: int) -> str:
        text = ctypes.c_char_p()
        self._library.cuGetErrorString(status, ctypes.byref(text))
        return (text.value or b"an error without a name").decode()
