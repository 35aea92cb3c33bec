"""Bundled outputs, one a file."""
