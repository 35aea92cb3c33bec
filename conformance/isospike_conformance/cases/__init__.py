"""The cases, one dynamics a file; each file holds ``CASE``."""
