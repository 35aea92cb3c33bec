"""minimum: the smaller of x and y."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise(
    "minimum",
    lambda m, out, x, y: m.where(m.less_equal(x, y), 1.0, 0.0),
    lambda m, out, x, y: m.where(m.less_equal(x, y), 0.0, 1.0),
)
