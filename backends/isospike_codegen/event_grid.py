"""Event propagation on a GPU, for operators of array libraries: the kernels of generated programs, launched alone."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from isospike_codegen.driver import Driver
from isospike_codegen.nvrtc import Nvrtc

__all__ = ["EventGrid", "Kernels", "event_grid"]

_TEXT = '#include "isospike/event_grid.h"\n'
_DTYPES = ("float32", "float64")
_WARP, _BLOCK = 32, 256
# Blocks of one multiprocessor, more of which wait for those before.
_RESIDENT = 8


@dataclass(frozen=True)
class Kernels:
    """The kernels on one device: handles by dtype, and how many blocks of `_BLOCK` threads run at once."""

    functions: dict[str, int]
    blocks: int


@cache
def event_grid() -> EventGrid:
    """Return the kernels, loaded once for all array libraries of a process."""
    return EventGrid()


class EventGrid:
    """The kernels of ``isospike/event_grid.h``, on every device of this machine.

    Attributes
    ----------
    driver : Driver
    devices : list of Kernels
        By the number of the device.
    compiled_by : str
        Such as ``"NVRTC 12.9 for sm_90"``.

    Raises
    ------
    KernelUnavailableError
        There is no driver, device or compiler, or one of them fails.
    """

    def __init__(self) -> None:
        self.driver = driver = Driver()
        nvrtc = Nvrtc(driver.cuda)
        names = [f"isospike_events_{dtype}" for dtype in _DTYPES]
        # Products are rounded before they are added, as on the CPU, and no denormal number is flushed.
        code = cache(lambda architecture: nvrtc.compiled(_TEXT, architecture, ["--fmad=false"]))
        self.devices = []
        for i in range(driver.n_devices):
            handles = driver.functions(code(driver.architecture(i)), names, i)
            self.devices.append(Kernels(dict(zip(_DTYPES, handles, strict=True)), _RESIDENT * driver.processors(i)))
        self.compiled_by = f"NVRTC {nvrtc.version} for {driver.architecture(0)}"

    def launch(
        self, dtype: str, device: int, stream: int, addresses: Sequence[int], one_weight: bool, sizes: Sequence[int]
    ) -> None:
        """Add the events of a batch to what is there, on the current device; return at once.

        Parameters
        ----------
        dtype : str
            Of spikes, weights and sums.
        device : int
            The number of the current device.
        stream : int
            Where the kernel waits for what is before.
        addresses : sequence of int
            Of spikes ``(n_batch, n_pre)``, weights, indptr, indices, and sums ``(n_batch, n_post)``.
        one_weight : bool
            Whether all synapses share one weight.
        sizes : sequence of int
            ``n_batch, n_pre, n_post, n_synapses``.

        Raises
        ------
        BackendError
            The device refuses.
        """
        kernels = self.devices[device]
        groups = sizes[0] * -(-sizes[1] // _WARP)
        blocks = min(-(-groups * _WARP // _BLOCK), kernels.blocks)
        given = [*map(ctypes.c_void_p, addresses), *map(ctypes.c_int32, (one_weight, *sizes))]
        self.driver.launch(kernels.functions[dtype], blocks, _BLOCK, stream, given)
