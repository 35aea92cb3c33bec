"""What this package offers to isospike."""

from __future__ import annotations

import pluggy

from isospike.hookspecs import Offer

hookimpl = pluggy.HookimplMarker("isospike")


@hookimpl
def isospike_backends() -> dict[str, Offer]:
    """Offer the native backend, which runs where it is asked for: it has no gradients, and needs a compiler."""
    return {"native": Offer("isospike_native.backend:NativeBackend", requires=("numpy",), extra="native", rank=-1)}
