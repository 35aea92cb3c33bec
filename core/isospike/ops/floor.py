"""floor: the largest integer not above x."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("floor", None)
