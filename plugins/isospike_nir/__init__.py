"""NIR, the Neuromorphic Intermediate Representation: read graphs of other libraries, train them, write them back.

``iso.nir.load`` makes a `Graph` of a ``.nir`` file, ``iso.nir.save`` writes one; what had to be chosen on the way is
in ``graph.audit``. A profile says how the equations of NIR become one step, which NIR itself leaves open.
"""

from __future__ import annotations

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
