"""Versions of the libraries that a result depends on."""

from __future__ import annotations

import importlib.metadata

__all__ = ["versions"]

_LIBRARIES = (
    "isospike",
    "numpy",
    "saiunit",
    "array-api-compat",
    "xarray",
    "zarr",
    "pydantic",
    "jax",
    "jaxlib",
)


def versions() -> dict[str, str]:
    """Return the version of each library that is installed, by name, importing none."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
