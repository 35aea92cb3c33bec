"""isfinite: true where x is finite."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("isfinite", None, dtype="bool")
