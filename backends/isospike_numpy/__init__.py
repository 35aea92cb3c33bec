"""The NumPy backend: a readable interpreter of the step graph, and the reference for all others."""
