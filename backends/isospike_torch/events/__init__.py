"""Event propagation: spikes times a sparse matrix, several ways with one meaning and one gradient.

An operator of torch, ``isospike::event_matvec``. On the CPU a compiled kernel walks the rows of the cells that spike;
where it cannot be built, torch operations do the same walk (`walk_rows`). On GPUs of NVIDIA a kernel does it
(`isospike_torch.events.grid`). Elsewhere, and where that cannot be loaded, all synapses are looked at in parallel
(`scatter_all`). The device of the tensors decides.
A cell whose value is 0 sends nothing, so a weight of inf or NaN in its row does not show.
"""

from __future__ import annotations

from isospike_torch.events.matvec import event_engine, event_matvec
from isospike_torch.events.op import OP
from isospike_torch.events.scatter import scatter_all
from isospike_torch.events.walk import walk_rows

__all__ = ["OP", "event_engine", "event_matvec", "scatter_all", "walk_rows"]
