"""greater_equal: x >= y, as booleans."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("greater_equal", None, None, dtype="bool")
