"""The step graph: what one traced step does, in a form that every backend can lower."""
