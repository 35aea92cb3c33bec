"""bitwise_or: x | y, of integers."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("bitwise_or", None, None)
