"""Event propagation by a compiled kernel."""

from __future__ import annotations

import jax
import jax.numpy as jnp

__all__ = ["call_kernel"]


def call_kernel(
    spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array, *, target: str, n_post: int
) -> jax.Array:
    """Propagate by the compiled kernel that is registered as ``target`` for the platform.

    Arguments as for `isospike_jax.events.event_matvec`, none of size 0.
    """
    out = jax.ShapeDtypeStruct((*spikes.shape[:-1], n_post), spikes.dtype)
    call = jax.ffi.ffi_call(target, out, vmap_method="sequential")
    return jnp.asarray(call(spikes, weights, indptr, indices))
