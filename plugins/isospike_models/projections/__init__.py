"""Bundled projections, one a file."""
