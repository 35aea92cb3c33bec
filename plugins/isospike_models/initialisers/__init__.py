"""Bundled initialisers, one a file."""
