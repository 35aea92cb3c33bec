"""``brainpy.state``: models under the names that BrainPy gives them."""

from __future__ import annotations

import isospike as state

__all__ = ["state"]
