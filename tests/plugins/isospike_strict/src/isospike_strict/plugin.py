"""What this package offers to isospike; importing it imports no array library."""

from __future__ import annotations

from isospike.hookspecs import Offer, hookimpl


@hookimpl
def isospike_backends() -> dict[str, Offer]:
    """Offer the strict backend, below all others: it runs where somebody asks for it."""
    return {"strict": Offer("isospike_strict.backend:StrictBackend", requires=("array_api_strict",), rank=-1)}
