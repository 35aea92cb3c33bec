"""logical_not: not x, of booleans."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("logical_not", None, dtype="bool")
