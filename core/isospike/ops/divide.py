"""divide: the quotient x / y, always floating."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise(
    "divide",
    lambda m, out, x, y: m.divide(1.0, y),
    lambda m, out, x, y: m.negative(m.divide(out, y)),
    cast=floating,
)
