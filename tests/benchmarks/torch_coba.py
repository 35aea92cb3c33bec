"""Hand-written eager torch loop of the COBA network of Vogels and Abbott (2005): the yardstick of the torch backend.

The same step as `numpy_coba`, without a gradient, in in-place operations where that is faster; events travel by
``index_add_`` on the synapses of the cells that spike, or by the same C++ operation that isospike calls.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch
from numpy_coba import connect

Propagate = Callable[[torch.Tensor], torch.Tensor]


def rows(n: int, first: int, last: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return CSR rows of the cells from ``first`` to ``last``."""
    indptr, indices = connect(n, 80 / n, seed)
    part = indices[indptr[first] : indptr[last]]
    return torch.from_numpy(indptr[first : last + 1] - indptr[first]).int(), torch.from_numpy(part).int()


def by_index_add(n: int, indptr: torch.Tensor, indices: torch.Tensor, weight: torch.Tensor) -> Propagate:
    """Return a propagation by ``index_add_`` over the synapses of the cells that spike."""
    start, degree = indptr[:-1].long(), torch.diff(indptr).long()
    index = indices.long()

    def propagate(spikes: torch.Tensor) -> torch.Tensor:
        out = torch.zeros(n)
        active = torch.nonzero(spikes).squeeze(1)
        if active.numel():
            count = degree[active]
            ends = torch.cumsum(count, 0)
            place = torch.arange(int(ends[-1])) + torch.repeat_interleave(start[active] - ends + count, count)
            out.index_add_(0, index[place], weight.expand(place.shape))
        return out

    return propagate


def by_operation(n: int, indptr: torch.Tensor, indices: torch.Tensor, weight: torch.Tensor) -> Propagate:
    """Return a propagation by the C++ operation."""
    from isospike_torch.events import OP

    return lambda spikes: OP(spikes, weight, indptr, indices, n)


def run(n: int, steps: int, seed: int, way: Callable[..., Propagate]) -> tuple[float, float]:
    """Return the rate in Hz and the CPU time in microseconds per step."""
    n_exc, dt = n * 4 // 5, 0.1
    exc = way(n, *rows(n, 0, n_exc, seed), torch.tensor(0.6))
    inh = way(n, *rows(n, n_exc, n, seed), torch.tensor(6.7))
    torch.manual_seed(seed)
    V = -65 + 5 * torch.randn(n)
    ge = torch.clamp(4 + 1.5 * torch.randn(n), min=0)
    gi = torch.clamp(20 + 12 * torch.randn(n), min=0)
    left = torch.zeros(n, dtype=torch.int32)
    decay_e, decay_i, k = math.exp(-dt / 5), math.exp(-dt / 10), -dt / 20
    total = torch.zeros((), dtype=torch.int64)
    # What the loop of isospike does too: nothing is recorded for autograd.
    with torch.no_grad(), torch._C._AutoDispatchBelowAutograd():
        begin = time.process_time()
        for _ in range(steps):
            conductance = 1 + ge + gi
            target = (gi * -80 - 40) / conductance
            moved = target + (V - target) * torch.exp(k * conductance)
            free = left <= 0
            V = torch.where(free, moved, V)
            spikes = free & (V > -50)
            V = torch.where(spikes, -60.0, V)
            left = torch.where(spikes, 50, (left - 1).clamp_(min=0))
            fired = spikes.float()
            ge = ge.mul_(decay_e).add_(exc(fired[:n_exc]))
            gi = gi.mul_(decay_i).add_(inh(fired[n_exc:]))
            total += spikes.sum()
        elapsed = time.process_time() - begin
    return float(total) / (n * steps * dt * 1e-3), elapsed / steps * 1e6
