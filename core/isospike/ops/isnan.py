"""isnan: true where x is not a number."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("isnan", None, dtype="bool")
