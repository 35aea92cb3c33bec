"""Bundled inputs, one a file."""
