"""ceil: the smallest integer not below x."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("ceil", None)
