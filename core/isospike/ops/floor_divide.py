"""floor_divide: the floor of x / y."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("floor_divide", None, None)
