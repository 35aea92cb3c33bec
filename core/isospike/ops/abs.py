"""abs: the absolute value |x|."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("abs", lambda m, out, x: m.sign(x))
