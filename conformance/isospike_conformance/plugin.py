"""What this package offers to isospike: its cases and its commands. Importing it imports none of them."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("isospike")

_CASES = (
    "adex",
    "alpha",
    "batch",
    "coba",
    "cuba",
    "delay",
    "delta",
    "expon",
    "gradient",
    "hh",
    "izhikevich",
    "lif",
    "ou",
    "poisson",
    "refractory",
    "reset",
    "training",
)


@hookimpl
def isospike_conformance_cases() -> dict[str, str]:
    """Offer the cases, one a file."""
    return {name: f"isospike_conformance.cases.{name}:CASE" for name in _CASES}


@hookimpl
def isospike_commands() -> dict[str, str]:
    """Offer ``isospike compare``, ``isospike conform`` and ``isospike contract``."""
    return {name: f"isospike_conformance.commands.{name}:{name}" for name in ("compare", "conform", "contract")}
