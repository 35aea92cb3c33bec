"""cos: the cosine of an angle in radians."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise("cos", lambda m, out, x: m.negative(m.sin(x)), cast=floating)
