"""Event propagation by one scatter-add over all synapses, on accelerators."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from isospike_jax.x64 import x64

__all__ = ["pre_of_synapse", "scatter_all", "scatter_wide"]


def scatter_all(
    spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array, *, n_post: int
) -> jax.Array:
    """Propagate by one scatter-add over all synapses, for accelerators.

    Arguments as for `isospike_jax.events.event_matvec`, none of size 0.
    """
    pre = pre_of_synapse(indptr, indices)

    def add_all(values: jax.Array) -> jax.Array:
        # Silent synapses aim at no cell instead of adding 0: atomic additions are what costs.
        value = values[pre]
        post = jnp.where(value != 0, indices, n_post)
        return jnp.zeros(n_post, values.dtype).at[post].add(value * weights, mode="drop")

    out = jax.vmap(add_all)(spikes.reshape(-1, spikes.shape[-1]))
    return out.reshape(*spikes.shape[:-1], n_post)


def scatter_wide(
    spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array, *, n_post: int
) -> jax.Array:
    """Propagate as `scatter_all`, with sums in float64.

    XLA of jaxlib 0.10.2 to 0.11 adds numbers of float32 on GPUs by comparing and swapping, hundreds of times slower.
    """
    with x64(["float64"]):
        wide = scatter_all(spikes.astype("float64"), weights.astype("float64"), indptr, indices, n_post=n_post)
        return wide.astype(spikes.dtype)


def pre_of_synapse(indptr: jax.Array, indices: jax.Array) -> jax.Array:
    """Return the presynaptic cell of each synapse."""
    cells = jnp.arange(indptr.shape[0] - 1, dtype=jnp.int32)
    return jnp.repeat(cells, jnp.diff(indptr), total_repeat_length=indices.shape[0])
