"""atan: the inverse tangent."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise("atan", lambda m, out, x: m.divide(1.0, m.add(1.0, m.multiply(x, x))), cast=floating)
