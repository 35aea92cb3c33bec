"""The GPUs of this machine, and what CUDA says of them in words for the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cupy

from isospike.errors import BackendError

__all__ = ["Device", "device_names"]

_ELSEWHERE = "To compute on the CPU, write iso.environ.context(backend='native')"


def device_names() -> list[str]:
    """Return the names of the GPUs.

    Raises
    ------
    BackendError
        CuPy finds none; with its reason.
    """
    try:
        names = [f"cuda:{i}" for i in range(cupy.cuda.runtime.getDeviceCount())]
        why = "CUDA finds no NVIDIA GPU"
    except RuntimeError as error:
        names, why = [], f"{error}" if cupy.cuda.runtime.driverGetVersion() else "no driver of NVIDIA is found"
    if not names:
        msg = (
            f"backend 'cupy' is installed, no device: {why}. It needs an NVIDIA GPU and a driver as new as its CUDA "
            f"{cupy.cuda.runtime.runtimeGetVersion() // 1000}, both of which `nvidia-smi` shows. {_ELSEWHERE}"
        )
        raise BackendError(msg)
    return names


class Device:
    """A GPU.

    Parameters
    ----------
    name : str
        Such as ``cuda:0``.
    """

    def __init__(self, name: str) -> None:
        self.name, self.index = name, int(name.partition(":")[2])
        self._device = cupy.cuda.Device(self.index)

    @property
    def title(self) -> str:
        """What its maker calls it."""
        name: bytes = cupy.cuda.runtime.getDeviceProperties(self.index)["name"]
        return name.decode()

    @property
    def cooperates(self) -> bool:
        """Whether the blocks of one kernel may wait for each other."""
        return bool(self._device.attributes["CooperativeLaunch"])

    @property
    def processors(self) -> int:
        """The number of its multiprocessors."""
        return int(self._device.attributes["MultiProcessorCount"])

    def synchronize(self) -> None:
        """Wait until it has nothing to do."""
        with self.current():
            self._device.synchronize()

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make it the current one, and explain what goes wrong inside of the context.

        Raises
        ------
        BackendError
            Its memory is used up, or it failed.
        """
        try:
            with self._device:
                yield
        except MemoryError as error:
            msg = (
                f"the memory of {self.name} is used up: {error}. Compute in iso.environ.context(precision='float32'), "
                "record fewer variables or less often, simulate fewer cells or a smaller batch, or free what other "
                f"arrays and programs hold, as cupy.get_default_memory_pool().free_all_blocks() does. {_ELSEWHERE}"
            )
            raise BackendError(msg) from error
        except RuntimeError as error:  # of the runtime, or of the driver
            if isinstance(error, BackendError):
                raise
            msg = (
                f"{self.name} failed: {error}. After a failure it may answer nothing more: start Python again. "
                f"{_ELSEWHERE}"
            )
            raise BackendError(msg) from error
