"""negative: -x."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("negative", lambda m, out, x: -1)
