"""The operations of the step graph, one a file; `isospike.graph.op.op` finds them by name."""
