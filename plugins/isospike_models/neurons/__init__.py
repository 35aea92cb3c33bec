"""Bundled neurons, one a file."""
