"""log: the natural logarithm."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise("log", lambda m, out, x: m.divide(1.0, x), cast=floating)
