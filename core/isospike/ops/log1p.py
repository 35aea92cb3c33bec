"""log1p: log(1 + x), accurate near zero."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise("log1p", lambda m, out, x: m.divide(1.0, m.add(x, 1.0)), cast=floating)
