"""Bundled connectivity, one rule a file."""
