"""logical_and: x and y, of booleans."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("logical_and", None, None, dtype="bool")
