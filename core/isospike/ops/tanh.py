"""tanh: the hyperbolic tangent."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise("tanh", lambda m, out, x: m.subtract(1.0, m.multiply(out, out)), cast=floating)
