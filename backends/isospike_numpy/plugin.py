"""What this package offers to isospike."""

from __future__ import annotations

import pluggy

from isospike.hookspecs import Offer

hookimpl = pluggy.HookimplMarker("isospike")


@hookimpl
def isospike_backends() -> dict[str, Offer]:
    """Offer the NumPy backend, which needs nothing beyond isospike itself."""
    return {"numpy": Offer("isospike_numpy.backend:NumpyBackend", requires=("numpy",), extra="", rank=0)}
