"""The names of BrainPy's family of packages, for scripts that move to isospike by changing their imports.

``from isospike.compat import brainpy, brainstate, braintools`` in place of the three imports; brainunit stays
as it is.
"""

from __future__ import annotations

from isospike.compat import brainpy, brainstate, braintools

__all__ = ["brainpy", "brainstate", "braintools"]
