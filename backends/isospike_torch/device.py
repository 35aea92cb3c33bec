"""Where tensors live and what they hold: devices, dtypes, and the way in and out for arrays of other libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from isospike.errors import BackendError

__all__ = ["FLOATS", "TORCH_DTYPES", "device_name", "device_names", "dtype_of", "require_dtype", "tensor"]

# As seen from outside; inside a graph, uint32 is held in int64.
TORCH_DTYPES = {n: getattr(torch, n) for n in ("bool", "int32", "uint32", "float32", "float64")}

FLOATS = ("float32", "float64")


def device_name(device: torch.device) -> str:
    """Return the name of a device of torch here: only those of CUDA are numbered."""
    return str(device) if device.type == "cuda" else device.type


def device_names() -> list[str]:
    """Return the devices of this machine, torch's default one first."""
    found = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    found += ["mps"] if torch.backends.mps.is_available() else []
    default = device_name(torch.get_default_device())
    first = next((n for n in found if n in (default, f"{default}:0")), "cpu")
    return [first, *(n for n in found if n != first)]


def dtype_of(x: Tensor) -> str:
    """Return the name of a dtype, such as ``"float32"``."""
    return str(x.dtype).removeprefix("torch.")


def require_dtype(dtype: str, device: str) -> None:
    """Raise ``BackendError`` where a device lacks a dtype."""
    if dtype == "float64" and device.startswith("mps"):
        msg = (
            f"device {device!r} has no float64: write iso.environ.context(precision='float32'), or compute on another "
            "device, as with iso.environ.context(device='cpu')"
        )
        raise BackendError(msg)


def tensor(value: Any, dtype: str, device: torch.device) -> Tensor:
    """Return ``value`` of any library as a tensor; one that fits is returned as it is, any other array is copied.

    Arrays of other libraries come by DLPack, from whatever device they are on.
    """
    wanted = TORCH_DTYPES[dtype]
    if isinstance(value, Tensor):
        if value.layout is not torch.strided:
            msg = f"backend 'torch' is given a tensor in {value.layout}, expected a dense one: write x.to_dense()"
            raise BackendError(msg)
        return value if value.dtype is wanted and value.device == device else value.to(device, wanted)
    # A constant of a program outlives the inference mode that it may be first used in.
    with torch.inference_mode(False):
        if isinstance(value, (np.ndarray, np.generic)) or not hasattr(value, "__dlpack__"):
            return torch.from_numpy(np.array(value, dtype=dtype)).to(device)
        return torch.from_dlpack(value).to(device, wanted, copy=True)
