"""What this package offers to isospike: the format NIR, and a command. Importing it imports neither."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("isospike")


@hookimpl
def isospike_formats() -> dict[str, str]:
    """Offer ``isospike.nir``."""
    return {"nir": "isospike_nir:"}


@hookimpl
def isospike_commands() -> dict[str, str]:
    """Offer ``isospike nir``."""
    return {"nir": "isospike_nir.command:nir"}
