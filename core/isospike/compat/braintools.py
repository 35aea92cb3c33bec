"""``braintools``: initialisers and surrogates under the names of BrainTools."""

from __future__ import annotations

from isospike.compat.names import Names, refusing

__all__ = ["init", "surrogate"]

init = Names("braintools.init", kinds=("initialisers",))
surrogate = Names("braintools.surrogate", kinds=("surrogates",))
__getattr__ = refusing("braintools", __all__)
