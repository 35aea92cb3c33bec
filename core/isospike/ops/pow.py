"""pow: x to the power y."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise(
    "pow",
    lambda m, out, x, y: m.multiply(y, m.pow(x, m.subtract(y, 1.0))),
    lambda m, out, x, y: m.multiply(out, m.log(x)),
    cast=floating,
)
