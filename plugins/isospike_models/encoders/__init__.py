"""Bundled encoders of values as spikes, one a file."""
