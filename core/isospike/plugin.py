"""What core itself offers to isospike: the writers of results that need no further library."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("isospike")


@hookimpl
def isospike_writers() -> dict[str, str]:
    """Offer the writers of results."""
    return {
        "csv": "isospike.results.csvfile:write_csv",
        "raster": "isospike.results.picture:write_raster",
        "zarr": "isospike.results.store:write_zarr",
    }
