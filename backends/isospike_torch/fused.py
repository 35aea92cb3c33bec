"""A graph whose loops are generated code, on the memory of tensors of the CPU."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.utils._python_dispatch import _get_current_dispatch_mode

from isospike.backend import Choice
from isospike.graph.ir import Graph
from isospike_codegen.cpu import CpuProgram
from isospike_torch.device import TORCH_DTYPES
from isospike_torch.lowered import Lowered
from isospike_torch.lowering import Mode

__all__ = ["FusedLoop"]


class FusedLoop:
    """A compiled program as a function of tensors.

    A call that has to leave a trace, for a gradient, in a transform of ``torch.func`` or of fake tensors, is of
    operations of torch.

    Parameters
    ----------
    graph : Graph
    mode : Mode
        What such a call is for.
    program : CpuProgram
    choice : Choice
        What compiled it.
    """

    def __init__(self, graph: Graph, mode: Mode, program: CpuProgram, choice: Choice) -> None:
        self._program, self.choice = program, choice
        self._traced = Lowered(graph, mode, Choice(mode.engine, "a gradient or a transform needs operations of torch"))
        self._outputs = [(v.aval.shape, TORCH_DTYPES[v.aval.dtype]) for v in graph.outputs]

    def choice_for(self, inputs: Sequence[Tensor]) -> Choice:
        """Return what runs a call, and why."""
        return self._traced.choice if _is_traced(inputs) else self.choice

    def __call__(self, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        """Run once, as generated code unless torch is to know what is computed."""
        if _is_traced(inputs):
            return self._traced(inputs)
        with torch.no_grad():
            given = [x.resolve_neg().contiguous() for x in inputs]
            self._program.require_shapes(tuple(x.shape) for x in given)
            results = [torch.empty(shape, dtype=dtype, device="cpu") for shape, dtype in self._outputs]
            self._program([x.data_ptr() for x in given], [y.data_ptr() for y in results])
        return results


def _is_traced(inputs: Sequence[Tensor]) -> bool:
    """Say whether more than the values of tensors is asked for, or they have none."""
    if torch.jit.is_tracing() or (torch.is_grad_enabled() and any(x.requires_grad for x in inputs)):
        return True
    if _get_current_dispatch_mode() is not None or forward_ad._current_level >= 0:
        return True
    return any(torch._C._functorch.is_functorch_wrapped_tensor(x) or type(x) not in _PLAIN for x in inputs)


_PLAIN = (Tensor, torch.nn.Parameter)
