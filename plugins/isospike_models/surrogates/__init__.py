"""Bundled surrogates, one a file."""
