"""Event propagation: spikes times a sparse matrix, three ways with one meaning and one gradient.

On the CPU a compiled kernel, reached through XLA's foreign function interface, walks the rows of the cells
that spike (`call_kernel`); where it cannot be built, an XLA loop does the same walk (`walk_rows`). Elsewhere
all synapses are looked at in parallel (`scatter_all`). The platform for which XLA compiles decides.
A cell whose value is 0 sends nothing, so a weight of inf or NaN in its row does not show.
"""

from __future__ import annotations

from isospike_jax.events.kernel import call_kernel
from isospike_jax.events.matvec import event_engine, event_matvec
from isospike_jax.events.scatter import scatter_all
from isospike_jax.events.walk import walk_rows

__all__ = ["call_kernel", "event_engine", "event_matvec", "scatter_all", "walk_rows"]
