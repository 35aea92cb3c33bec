"""Find a profile by its name."""

from __future__ import annotations

from isospike.errors import ParameterError, nearest
from isospike_nir.profiles.base import Profile
from isospike_nir.profiles.exact import Exact
from isospike_nir.profiles.norse import Norse
from isospike_nir.profiles.sinabs import Sinabs
from isospike_nir.profiles.snntorch import SnnTorch

__all__ = ["choose"]

_PROFILES = {profile.name: profile for profile in (Exact, Norse, SnnTorch, Sinabs)}


def choose(profile: str | Profile) -> Profile:
    """Return a profile itself, or the one of a name.

    Raises
    ------
    ParameterError
        There is none of that name.
    """
    if isinstance(profile, Profile):
        return profile
    if profile not in _PROFILES:
        known = ", ".join(map(repr, _PROFILES))
        msg = f"profile={profile!r}, expected one of {known}, or a Profile.{nearest(str(profile), _PROFILES)}"
        raise ParameterError(msg)
    return _PROFILES[profile]()
