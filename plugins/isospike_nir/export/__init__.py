"""Describe modules of isospike in the terms of NIR: what is exact there, what is refused, and what is noted."""

from __future__ import annotations

from isospike_nir.export.describe import described

__all__ = ["described"]
