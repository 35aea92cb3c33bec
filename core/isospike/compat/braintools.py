"""``braintools``: initialisers, surrogates and optimisers under the names of BrainTools."""

from __future__ import annotations

from isospike import optim
from isospike.compat.names import Names, refusing

__all__ = ["init", "optim", "surrogate"]

init = Names("braintools.init", kinds=("initialisers",))
surrogate = Names("braintools.surrogate", kinds=("surrogates",))
__getattr__ = refusing("braintools", __all__)
