"""less: x < y, as booleans."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("less", None, None, dtype="bool")
