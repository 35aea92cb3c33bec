"""What this package offers to isospike; importing it does not import JAX."""

from __future__ import annotations

import pluggy

from isospike.hookspecs import Offer

hookimpl = pluggy.HookimplMarker("isospike")


@hookimpl
def isospike_backends() -> dict[str, Offer]:
    """Offer the JAX backend."""
    return {"jax": Offer("isospike_jax.backend:JaxBackend", requires=("jax",), extra="jax", rank=20)}
