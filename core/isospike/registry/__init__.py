"""Find, check, block and resolve plugins.

Everything that isospike can name, bundled or not, is offered through the hooks of :mod:`isospike.hookspecs`
by a module behind an entry point of group ``isospike``. A plugin that fails, or takes too long, is set aside
with its error and takes no other one down. A name that two plugins offer is an error where it is used, and only
there. Listing imports the plugin modules only; :func:`resolve` imports what is asked for.
"""

from __future__ import annotations

from isospike.registry.discovery import broken, plugins, reload
from isospike.registry.kind import Kind
from isospike.registry.lookup import clashes, in_time, installed, names, offers, resolve
from isospike.registry.plugin import KINDS, MODEL_KINDS, Plugin

__all__ = [
    "KINDS",
    "MODEL_KINDS",
    "Kind",
    "Plugin",
    "broken",
    "clashes",
    "in_time",
    "installed",
    "names",
    "offers",
    "plugins",
    "reload",
    "resolve",
]
