"""The record of one plugin, and the kinds of things that a plugin may offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from isospike import hookspecs
from isospike.hookspecs import Offer

__all__ = ["BLOCK", "HOOK_PREFIX", "KINDS", "MODEL_KINDS", "Plugin"]

BLOCK = "ISOSPIKE_BLOCK"
HOOK_PREFIX = "isospike_"

KINDS = tuple(hook.removeprefix(HOOK_PREFIX) for hook in vars(hookspecs) if hook.startswith(HOOK_PREFIX))
"""What a plugin may offer, one kind a hook."""

MODEL_KINDS = tuple(
    kind for kind in KINDS if kind not in ("backends", "conformance_cases", "commands", "formats", "writers")
)
"""The kinds whose names are models: usable in network files, as ``iso.NAME`` and in ``isospike models``."""


@dataclass(frozen=True)
class Plugin:
    """One entry point of group ``isospike``, as found on this machine.

    Parameters
    ----------
    name : str
        Name of the entry point.
    distribution : str
        The distribution that declares it, as pip knows it.
    version : str
        Version of that distribution.
    module : str
        The plugin module.
    offers : mapping of str to mapping, default {}
        For each kind, the table from name to target; empty for a broken or a blocked plugin.
    api : str, default ""
        Version of the plugin contract that it is written for; empty where that is not known.
    error : str or None, default None
        Why it failed to load.
    blocked : str, default ""
        What blocks it: ``"ISOSPIKE_BLOCK"``, or the path of a settings file; empty where nothing does.
    seconds : float, default 0.0
        How long it took to load.
    """

    name: str
    distribution: str
    version: str
    module: str
    offers: Mapping[str, Mapping[str, str | Offer]] = field(default_factory=dict)
    api: str = ""
    error: str | None = None
    blocked: str = ""
    seconds: float = field(default=0.0, compare=False)

    def __str__(self) -> str:
        """Return name and distribution, such as ``'models' (isospike 0.1.0)``."""
        return f"{self.name!r} ({self.distribution} {self.version})"
