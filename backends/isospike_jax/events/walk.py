"""Event propagation by an XLA loop over the rows that spike, on the CPU where there is no kernel."""

from __future__ import annotations

import jax
import jax.numpy as jnp

__all__ = ["walk_rows"]

# Synapses that one turn of the XLA walk adds: the fastest of 32, 64, 128 at 80 synapses a row.
BLOCK = 64


def walk_rows(
    spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array, *, n_post: int
) -> jax.Array:
    """Propagate by an XLA loop over the rows that spike, with a trip count known at run time only.

    Arguments as for `isospike_jax.events.event_matvec`, none of size 0. Additions are made in the order of
    the compiled kernel.
    """
    n_pre = spikes.shape[-1]
    width = min(BLOCK, indices.shape[0])
    lanes = jnp.arange(width, dtype=jnp.int32)

    def add_block(start: jax.Array, end: jax.Array, spike: jax.Array, out: jax.Array) -> jax.Array:
        # Near the end of the arrays the block begins earlier; lanes outside [start, end) aim at no cell.
        first = jnp.minimum(start, indices.shape[0] - width)
        ours = (first + lanes >= start) & (first + lanes < end)
        post = jnp.where(ours, jax.lax.dynamic_slice(indices, (first,), (width,)), n_post)
        weight = weights if weights.ndim == 0 else jax.lax.dynamic_slice(weights, (first,), (width,))
        return out.at[post].add(spike * weight, mode="drop")

    def add_row(pre: jax.Array, values: jax.Array, out: jax.Array) -> jax.Array:
        first, end = indptr[pre], indptr[pre + 1]
        n_blocks = (end - first + width - 1) // width
        spike = values[pre]
        return jax.lax.fori_loop(0, n_blocks, lambda b, o: add_block(first + b * width, end, spike, o), out)

    def add_rows(values: jax.Array) -> jax.Array:
        active, count = _spiking(values)
        silence = jnp.zeros(n_post, values.dtype)
        return jax.lax.fori_loop(0, count, lambda n, out: add_row(active[n], values, out), silence)

    out = jax.lax.map(add_rows, spikes.reshape(-1, n_pre))
    return out.reshape(*spikes.shape[:-1], n_post)


def _spiking(values: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the cells that spike, in ascending order and padded to all, and their number."""
    n = values.shape[0]
    spiking = values != 0
    rank = jnp.cumsum(spiking, dtype=jnp.int32)
    slots = jnp.where(spiking, rank - 1, n)
    cells = jnp.arange(n, dtype=jnp.int32)
    return jnp.zeros(n, jnp.int32).at[slots].set(cells, mode="drop"), rank[-1]
