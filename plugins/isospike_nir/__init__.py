"""NIR, the Neuromorphic Intermediate Representation: read graphs of other libraries, train them, write them back.

``iso.nir.load`` makes a `Graph` of a ``.nir`` file, ``iso.nir.save`` writes one; what had to be chosen on the way is
in ``graph.audit``. A profile says how the equations of NIR become one step, which NIR itself leaves open.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isospike_nir.audit import Audit
    from isospike_nir.graph import Graph
    from isospike_nir.loading import load
    from isospike_nir.profiles import Exact, Norse, Profile, Sinabs, SnnTorch
    from isospike_nir.saving import from_network, save, to_nir

__all__ = [
    "Audit",
    "Exact",
    "Graph",
    "Norse",
    "Profile",
    "Sinabs",
    "SnnTorch",
    "from_network",
    "load",
    "save",
    "to_nir",
]

# Imported on use: whoever lists plugins imports this package on the way to its plugin module.
_PLACES = {
    "Audit": "audit",
    "Exact": "profiles",
    "Graph": "graph",
    "Norse": "profiles",
    "Profile": "profiles",
    "Sinabs": "profiles",
    "SnnTorch": "profiles",
    "from_network": "saving",
    "load": "loading",
    "save": "saving",
    "to_nir": "saving",
}


def __getattr__(name: str) -> Any:
    """Import a name on first use."""
    if name not in _PLACES:
        raise AttributeError(f"module 'isospike_nir' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"isospike_nir.{_PLACES[name]}"), name)
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted({*globals(), *__all__})
