"""Event propagation: spikes times a sparse matrix, several ways with one meaning and one gradient.

On the CPU and on GPUs of NVIDIA a compiled kernel, reached through XLA's foreign function interface, walks the rows of
the cells that spike (`call_kernel`). Where it cannot be built, an XLA loop does the same walk on the CPU (`walk_rows`),
and on a GPU all synapses are looked at in parallel (`scatter_wide`), as elsewhere (`scatter_all`). The platform for
which XLA compiles decides.
A cell whose value is 0 sends nothing, so a weight of inf or NaN in its row does not show.
"""

from __future__ import annotations

from isospike_jax.events.kernel import call_kernel
from isospike_jax.events.matvec import event_engine, event_matvec
from isospike_jax.events.scatter import scatter_all, scatter_wide
from isospike_jax.events.walk import walk_rows

__all__ = ["call_kernel", "event_engine", "event_matvec", "scatter_all", "scatter_wide", "walk_rows"]
