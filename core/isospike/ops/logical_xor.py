"""logical_xor: either x or y, not both, of booleans."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("logical_xor", None, None, dtype="bool")
