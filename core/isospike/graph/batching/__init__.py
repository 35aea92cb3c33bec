"""Many examples at once: a graph written again over values with a leading axis of examples.

An operation whose operands are the same for all examples stays as it is. Of the others, element-wise ones work as
they are; those that name axes or shapes have a rule (`isospike.graph.batching.rules`), as have those that hold a graph
(`isospike.graph.batching.bodies`); any other is a loop over the examples.
"""

from __future__ import annotations

from isospike.graph.batching.call import batch_axis, moved
from isospike.graph.batching.inline import inline_batched

__all__ = ["batch_axis", "inline_batched", "moved"]
