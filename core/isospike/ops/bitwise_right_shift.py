"""bitwise_right_shift: x >> y, of integers."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("bitwise_right_shift", None, None)
