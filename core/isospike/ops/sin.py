"""sin: the sine of an angle in radians."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise("sin", lambda m, out, x: m.cos(x), cast=floating)
