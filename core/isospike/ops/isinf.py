"""isinf: true where x is infinite."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("isinf", None, dtype="bool")
