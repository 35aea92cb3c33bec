"""bitwise_left_shift: x << y, of integers."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("bitwise_left_shift", None, None)
