"""What this package offers to isospike; importing it does not import CuPy."""

from __future__ import annotations

import pluggy

from isospike.hookspecs import Offer

hookimpl = pluggy.HookimplMarker("isospike")


@hookimpl
def isospike_backends() -> dict[str, Offer]:
    """Offer the CuPy backend, which runs where it is asked for: it needs a GPU, and has no gradients."""
    return {"cupy": Offer("isospike_cupy.backend:CupyBackend", requires=("cupy",), extra="cupy", rank=-1)}
