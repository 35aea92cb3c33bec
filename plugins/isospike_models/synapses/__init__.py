"""Bundled synapses, one a file."""
