"""Network files: a network and its run, described in TOML or by a Python file with ``build()``."""

from __future__ import annotations

from isospike.config.hashing import config_hash
from isospike.config.plan import Plan, load

__all__ = ["Plan", "config_hash", "load"]
