"""``braintools``: initialisers and surrogates under the names of BrainTools."""

from __future__ import annotations

import isospike as init
import isospike as surrogate

__all__ = ["init", "surrogate"]
