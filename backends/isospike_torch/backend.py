"""The PyTorch backend, as core sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch

from isospike.backend import Capability, Compiled, device_named, engine_named
from isospike.errors import BackendError
from isospike.graph.ir import Graph
from isospike.namespace import to_host
from isospike_torch.device import device_names, require_dtype, tensor
from isospike_torch.inductor import Inductor
from isospike_torch.lowering import Mode, is_structured, whole_module

__all__ = ["TorchBackend"]


class TorchBackend:
    """Lowers the graph to torch operations.

    What it returns is connected to its inputs where one of these needs a gradient, as with any function of torch.
    """

    name = "torch"
    capabilities: Mapping[str, Capability] = {
        "compiled_loop": Capability(True, "chunks of steps through TorchInductor, with engine='compiled'"),
        "event_kernel": Capability(True, "a C++ operation on the CPU where a compiler is found, plain torch elsewhere"),
        "exact": Capability(True, "one rounding an operation, in eager calls and in what Inductor compiles"),
        "float64": Capability(True, "native; not on MPS"),
        "gradient": Capability(True, "autograd; surrogate derivatives of spikes are right in torch.func too"),
        "gpu": Capability(True, "CUDA where torch finds it; loops replay CUDA graphs"),
    }
    engines: Mapping[str, str] = {
        "eager": "one torch call a node; starts at once",
        "compiled": "TorchInductor compiles chunks of steps; the first run takes seconds",
        "cuda-graph": "chunks of steps are recorded once and launched together; GPU only",
    }
    donates = False

    def __init__(self, device: str | None = None, engine: str | None = None) -> None:
        self.device = device_named(device, device_names(), type(self))
        on_gpu = self.device.startswith("cuda")
        self.engine = engine_named(engine, "cuda-graph" if on_gpu else "eager", type(self))
        if self.engine == "cuda-graph" and not on_gpu:
            msg = (
                f"engine 'cuda-graph' of backend 'torch' needs a CUDA device, not {self.device!r}: write "
                "iso.environ.context(device='cuda'), or engine='eager'"
            )
            raise BackendError(msg)
        self._device = torch.device(self.device)

    def asarray(self, value: Any, dtype: str) -> torch.Tensor:
        """Return ``value`` as a tensor of that dtype on the device."""
        require_dtype(dtype, self.device)
        return tensor(value, dtype, self._device)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return the data on the host."""
        return to_host(array)

    def copy(self, array: torch.Tensor) -> torch.Tensor:
        """Return a new tensor with the same data."""
        return array.clone()

    def concat(self, arrays: Sequence[torch.Tensor]) -> torch.Tensor:
        """Join tensors along the first axis."""
        return torch.cat(list(arrays))

    def head(self, array: torch.Tensor, n: int) -> torch.Tensor:
        """Return the first ``n`` entries."""
        return array[:n]

    def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Compiled:
        """Return the graph as a function of tensors; Inductor compiles its loops when they are first run."""
        del donate
        return _Program(graph, Mode(self.device, self.engine))

    def synchronize(self, arrays: Sequence[torch.Tensor]) -> None:
        """Wait until the tensors are computed."""
        if any(x.is_cuda for x in arrays):
            torch.cuda.synchronize(self._device)

    def devices(self) -> Sequence[str]:
        """Return the devices that torch finds, its default first."""
        return [f"{n} ({torch.cuda.get_device_name(n)})" if n.startswith("cuda") else n for n in device_names()]

    def versions(self) -> Mapping[str, str]:
        """Return the version of torch, which names its CUDA."""
        return {"torch": torch.__version__}


class _Program:
    """A graph in the two forms that a call may need: for values alone, and for values with a gradient."""

    def __init__(self, graph: Graph, mode: Mode) -> None:
        self.graph, self.mode = graph, mode

    def __call__(self, inputs: Sequence[torch.Tensor]) -> Sequence[torch.Tensor]:
        if torch.is_grad_enabled() and any(x.requires_grad for x in inputs):
            return list(self._differentiable(*inputs))
        with torch.no_grad():
            return list(self._plain(*inputs))

    @cached_property
    def _plain(self) -> Any:
        return self._lowered(self.mode)

    @cached_property
    def _differentiable(self) -> Any:
        return self._lowered(self.mode.learning())

    def _lowered(self, mode: Mode) -> Any:
        module = whole_module(self.graph, mode)
        is_flat = mode.engine == "compiled" and not is_structured(self.graph)
        return Inductor(module) if is_flat else module.forward
