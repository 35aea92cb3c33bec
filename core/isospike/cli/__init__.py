"""The command line: ``isospike run``, ``doctor``, ``backends``, ``models`` and ``new-plugin``."""

from __future__ import annotations

from isospike.cli.app import app, main

__all__ = ["app", "main"]
