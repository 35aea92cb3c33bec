"""not_equal: x != y, as booleans."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("not_equal", None, None, dtype="bool")
