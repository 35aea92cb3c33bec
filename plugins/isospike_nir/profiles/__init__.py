"""Profiles: how the equations of NIR become one step, exactly or as some library does it."""

from __future__ import annotations

from isospike_nir.profiles.base import Profile
from isospike_nir.profiles.choice import choose
from isospike_nir.profiles.exact import Exact
from isospike_nir.profiles.norse import Norse
from isospike_nir.profiles.sinabs import Sinabs
from isospike_nir.profiles.snntorch import SnnTorch

__all__ = ["Exact", "Norse", "Profile", "Sinabs", "SnnTorch", "choose"]
