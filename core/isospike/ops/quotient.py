"""quotient: x / y, rounded once: nothing may be multiplied by a reciprocal instead."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise(
    "quotient",
    lambda m, out, x, y: m.divide(1.0, y),
    lambda m, out, x, y: m.negative(m.divide(out, y)),
    cast=floating,
    evaluate=lambda xp, x, y: xp.divide(x, y),
)
