"""maximum: the larger of x and y."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise(
    "maximum",
    lambda m, out, x, y: m.where(m.greater_equal(x, y), 1.0, 0.0),
    lambda m, out, x, y: m.where(m.greater_equal(x, y), 0.0, 1.0),
)
