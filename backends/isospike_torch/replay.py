"""Replay of CUDA graphs: the kernels of several steps are recorded once and launched together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

__all__ = ["Replay"]

Tensors = Sequence[torch.Tensor]
# From a function to one that does the same work again, on the same memory.
Capture = Callable[[Callable[[], None]], Callable[[], None]]


def capture_cuda(work: Callable[[], None]) -> Callable[[], None]:
    """Record what a function launches on the GPU; the first runs are on a side stream, as torch asks for."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    replay: Callable[[], None] = graph.replay
    return replay


class Replay:
    """A chunk of steps on memory of its own, captured at the first call.

    The constants stay where they are; another tensor in the place of one of them is captured anew. What is returned
    is overwritten by the next call.

    Parameters
    ----------
    function : callable
        From constants, carry and inputs to the new carry and the results.
    n_const, n_carry : int
        Number of constants, and of carried values.
    capture : callable
        How work is captured.
    """

    def __init__(
        self, function: Callable[..., Tensors], n_const: int, n_carry: int, capture: Capture = capture_cuda
    ) -> None:
        self.function, self.n_const, self.n_carry, self.capture = function, n_const, n_carry, capture
        self.places: list[int] = []
        self.constants: Tensors = ()
        self.held: list[torch.Tensor] = []
        self.results: list[torch.Tensor] = []
        self.replay: Callable[[], None] | None = None

    def __call__(self, *operands: torch.Tensor) -> Tensors:
        """Run the steps; the carry that the call before returned is not copied."""
        constants, given = operands[: self.n_const], operands[self.n_const :]
        places = [x.data_ptr() for x in constants]
        if self.replay is None or places != self.places:
            self._record(constants, given)
        for own, x in zip(self.held, given, strict=True):
            if own is not x:
                own.copy_(x)
        assert self.replay is not None
        self.replay()
        return [*self.held[: self.n_carry], *self.results]

    def _record(self, constants: Tensors, given: Tensors) -> None:
        # The graph knows addresses only: what lives there must not be freed.
        self.constants, self.places = constants, [x.data_ptr() for x in constants]
        self.held = [x.clone() for x in given]
        self.results = []
        self.replay = self.capture(self._work)

    def _work(self) -> None:
        outputs = self.function(*self.constants, *self.held)
        for own, new in zip(self.held, outputs[: self.n_carry], strict=False):
            own.copy_(new)
        self.results = list(outputs[self.n_carry :])
