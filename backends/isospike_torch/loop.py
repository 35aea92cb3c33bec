"""The time loop: a flat step called from Python, or chunks of steps that are compiled or replayed as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from isospike.graph.ir import Graph, Node
from isospike_torch.chunk import chunk_length, unrolled
from isospike_torch.elementwise import DTYPES
from isospike_torch.inductor import Inductor
from isospike_torch.lowering import Mode, flat_module, is_structured, sharing
from isospike_torch.replay import Replay
from isospike_torch.threads import is_small, one_thread

__all__ = ["Loop", "unrecorded"]

Rows = Sequence[Sequence[Tensor]]


class Loop(torch.nn.Module):
    """A loop of the graph, from its operands to the last carry and the stacked results of the steps that were run.

    Parameters
    ----------
    node : Node
        The scan.
    mode : Mode
        What it is for. A body that holds loops of its own is called from Python, whatever the engine: these are not.
    """

    def __init__(self, node: Node, mode: Mode) -> None:
        super().__init__()
        self.mode = mode
        self.body: Graph = node.attributes["body"]
        self.n_const: int = node.attributes["n_const"]
        self.n_carry: int = node.attributes["n_carry"]
        self.capacity: int = node.attributes["capacity"]
        self.is_whole: bool = node.attributes["is_whole"]
        self.segments: Sequence[int] = node.attributes["segments"] if mode.differentiable else ()
        self.shared = {i for i in sharing(self.body) if i < self.n_carry}
        self.is_small = is_small(self.body)
        self.step = flat_module(self.body, mode)
        self.size = 0
        self.chunk: Inductor | Replay | None = None
        if mode.engine != "eager" and self.capacity and not is_structured(self.body):
            self.size = chunk_length(self.step, min([self.capacity, *self.segments]))
            self.chunk = self._chunk()

    def forward(self, *operands: Tensor) -> list[Tensor]:
        """Run as many steps as the last operand says."""
        with one_thread(self.is_small), nullcontext() if self.mode.differentiable else unrecorded():
            return self._run(operands)

    def _run(self, operands: Sequence[Tensor]) -> list[Tensor]:
        fixed, carry = operands[: self.n_const], operands[self.n_const : self.n_const + self.n_carry]
        xs = operands[self.n_const + self.n_carry : -1]
        count = self.capacity if self.is_whole else int(operands[-1])
        carry, columns = self._segmented(fixed, carry, xs, count, self.segments)
        return [*self._owned(carry), *(columns or self._nothing(operands[-1].device))]

    def _segmented(
        self,
        fixed: Sequence[Tensor],
        carry: Sequence[Tensor],
        xs: Sequence[Tensor],
        count: int,
        segments: Sequence[int],
    ) -> tuple[Sequence[Tensor], list[Tensor]]:
        """Run steps in chunks of the first segment's length, each computed again for its gradient, and so on inside."""
        inner = [n for n in segments if n < count]
        if not inner:
            return self._steps(fixed, carry, xs, count)
        size, *smaller = inner
        pieces = []
        for start in range(0, count, size):
            n = min(size, count - start)
            again = partial(self._chunk_of, fixed, n, smaller)
            outputs = checkpoint(
                again, *carry, *(x[start : start + n] for x in xs), use_reentrant=False, preserve_rng_state=False
            )
            carry, columns = outputs[: self.n_carry], outputs[self.n_carry :]
            pieces.append(columns)
        return carry, _joined(pieces)

    def _chunk_of(self, fixed: Sequence[Tensor], n: int, segments: Sequence[int], *inputs: Tensor) -> list[Tensor]:
        carry, columns = self._segmented(fixed, inputs[: self.n_carry], inputs[self.n_carry :], n, segments)
        return [*carry, *columns]

    def _steps(
        self, fixed: Sequence[Tensor], carry: Sequence[Tensor], xs: Sequence[Tensor], count: int
    ) -> tuple[Sequence[Tensor], list[Tensor]]:
        pieces: list[Sequence[Tensor]] = []
        start = 0
        if self.chunk is not None:
            start = count // self.size * self.size
            if count == 0:
                self.chunk(*fixed, *carry, *(x[: self.size] for x in xs))  # nothing but to be ready is asked for
            if self.mode.differentiable:
                carry = [_learning(x) for x in carry]
            entries = [x[:start].split(self.size) for x in xs]
            carry, pieces = self._repeat(self.chunk, fixed, carry, entries, start // self.size)
        carry, rows = self._repeat(self.step, fixed, carry, [x[start:count].unbind() for x in xs], count - start)
        if rows:
            pieces.append([torch.stack(column) for column in zip(*rows, strict=True)])
        return carry, _joined(pieces)

    def _repeat(
        self,
        function: Callable[..., Sequence[Tensor]],
        fixed: Sequence[Tensor],
        carry: Sequence[Tensor],
        xs: Rows,
        times: int,
    ) -> tuple[Sequence[Tensor], list[Sequence[Tensor]]]:
        """Call a function with entry after entry of the inputs; return the last carry and what was recorded."""
        recorded: list[Sequence[Tensor]] = []
        for i in range(times):
            outputs = function(*fixed, *carry, *(x[i] for x in xs))
            carry, results = outputs[: self.n_carry], outputs[self.n_carry :]
            recorded.append([x.clone() for x in results] if isinstance(function, Replay) else results)
        return carry, recorded

    def _owned(self, carry: Sequence[Tensor]) -> list[Tensor]:
        """Return the carry in memory of its own, an entry for each element."""
        copied = range(self.n_carry) if isinstance(self.chunk, Replay) else self.shared
        return [x.clone() if i in copied else x.contiguous() for i, x in enumerate(carry)]

    def _nothing(self, device: torch.device) -> list[Tensor]:
        """Return the stacked results of no step."""
        avals = [v.aval for v in self.body.outputs[self.n_carry :]]
        return [torch.zeros((0, *a.shape), dtype=DTYPES[a.dtype], device=device) for a in avals]

    def _chunk(self) -> Inductor | Replay:
        module = flat_module(unrolled(self.body, self.n_const, self.n_carry, self.size), self.mode)
        if self.mode.engine == "compiled":
            return Inductor(module)
        return Replay(module.forward, self.n_const, self.n_carry)


def _joined(pieces: list[Sequence[Tensor]]) -> list[Tensor]:
    return [p[0] if len(p) == 1 else torch.cat(p) for p in zip(*pieces, strict=True)]


def _learning(x: Tensor) -> Tensor:
    """Return a first carry that needs a gradient, as all later ones do, so that the chunk is compiled for one kind."""
    return x if x.requires_grad or not x.is_floating_point() else x.detach().requires_grad_()


def unrecorded() -> AbstractContextManager[Any]:
    """Return the context in which operations leave no trace for autograd, and custom ones do not even look for it."""
    below: AbstractContextManager[Any] = torch._C._AutoDispatchBelowAutograd()
    return below
