"""Conformance: the tools that judge whether backends agree."""
