"""bitwise_and: x & y, of integers."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("bitwise_and", None, None)
