"""add: the sum x + y."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("add", lambda m, out, x, y: 1, lambda m, out, x, y: 1)
