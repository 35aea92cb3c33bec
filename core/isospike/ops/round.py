"""round: the nearest integer, ties to even."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("round", None)
