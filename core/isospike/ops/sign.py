"""sign: -1, 0 or 1."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("sign", None)
