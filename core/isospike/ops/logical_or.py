"""logical_or: x or y, of booleans."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("logical_or", None, None, dtype="bool")
