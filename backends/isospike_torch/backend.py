"""The PyTorch backend, as core sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from isospike.backend import AUTO, FUSED, Capability, Choice, Compiled, device_named, engine_named
from isospike.errors import BackendError
from isospike.graph.ir import Graph
from isospike.namespace import to_host
from isospike_codegen.fused import Fused, compiler_of, default_engine, require_compiler
from isospike_torch.device import device_names, require_dtype, tensor
from isospike_torch.fused import FusedLoop
from isospike_torch.lowered import Lowered
from isospike_torch.lowering import Mode

__all__ = ["TorchBackend"]


class TorchBackend:
    """Lowers the graph to torch operations.

    What it returns is connected to its inputs where one of these needs a gradient, as with any function of torch.
    """

    name = "torch"
    capabilities: Mapping[str, Capability] = {
        "compiled_loop": Capability(True, "chunks of steps through TorchInductor, with engine='compiled'"),
        "event_kernel": Capability(
            True, "a C++ operation on the CPU where a compiler is found, a CUDA one where NVRTC is"
        ),
        "exact": Capability(True, "one rounding an operation, in eager calls and in what Inductor compiles"),
        "float64": Capability(True, "native; not on MPS"),
        "gradient": Capability(True, "autograd; surrogate derivatives of spikes are right in torch.func too"),
        "gpu": Capability(True, "CUDA where torch finds it; loops replay CUDA graphs"),
    }
    engines: Mapping[str, str] = {
        "auto": "on the CPU, loops without a gradient as with fused, all else as with eager; on a GPU cuda-graph",
        "eager": "one torch call a node; starts at once",
        "fused": "loops and steps as generated C++ on the memory of tensors, on the CPU; gradients are eager",
        "compiled": "TorchInductor compiles chunks of steps; the first run takes seconds",
        "cuda-graph": "chunks of steps are recorded once and launched together; GPU only",
    }
    donates = False

    def __init__(self, device: str | None = None, engine: str | None = None) -> None:
        self.device = device_named(device, device_names(), type(self))
        self.engine, self.why = self._chosen(engine)
        self._own = "eager" if self.engine in (AUTO, FUSED) else self.engine
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
        mode = Mode(self.device, self._own)
        if self.engine not in (AUTO, FUSED):
            return Lowered(graph, mode, Choice(self.engine))
        choice, program = Fused(self.name, self._own, always=self.engine == FUSED).compiled(graph)
        return Lowered(graph, mode, choice) if program is None else FusedLoop(graph, mode, program, choice)

    def _chosen(self, engine: str | None) -> tuple[str, str]:
        """Return the engine for the device, and why."""
        on_gpu = self.device.startswith("cuda")
        default, why = (
            ("cuda-graph", "") if on_gpu else default_engine("eager") if self.device == "cpu" else ("eager", "")
        )
        chosen = engine_named(engine, default, type(self))
        needed = {"cuda-graph": "cuda", FUSED: "cpu"}.get(chosen, "")
        if not self.device.startswith(needed):
            msg = (
                f"engine {chosen!r} of backend 'torch' needs a {needed.upper()} device, not {self.device!r}: write "
                f"iso.environ.context(device={needed!r}), or engine='eager'"
            )
            raise BackendError(msg)
        if chosen == FUSED:
            require_compiler(self.name, "eager")
        return chosen, why if chosen == default else ""

    def synchronize(self, arrays: Sequence[torch.Tensor]) -> None:
        """Wait until the tensors are computed."""
        if any(x.is_cuda for x in arrays):
            torch.cuda.synchronize(self._device)

    def devices(self) -> Mapping[str, str]:
        """Return the devices that torch finds, its default first."""
        return {n: torch.cuda.get_device_name(n) if n.startswith("cuda") else n.upper() for n in device_names()}

    def versions(self) -> Mapping[str, str]:
        """Return the version of torch, which names its CUDA, and the compiler of generated code."""
        return {"torch": torch.__version__, **compiler_of(self.engine)}
