"""Find the plugins of this machine, and load those that are not blocked, one by one."""

from __future__ import annotations

import importlib.metadata
import os
import threading
from dataclasses import replace

from isospike.errors import ConfigError, PluginError
from isospike.registry.loading import load, loading
from isospike.registry.plugin import BLOCK, Plugin
from isospike.settings import settings

__all__ = ["broken", "plugins", "reload"]

GROUP = "isospike"


def plugins() -> list[Plugin]:
    """Return every plugin found, sorted by name: loaded, broken and blocked ones.

    Raises
    ------
    ConfigError
        A settings file is damaged, so that it is not known what it blocks; or ``ISOSPIKE_PLUGIN_TIMEOUT`` is no number.
    """
    return list(_plugins())


def broken() -> dict[str, str]:
    """Return the plugins that failed to load, each with its error."""
    return {plugin.name: plugin.error for plugin in _plugins() if plugin.error is not None}


def reload() -> None:
    """Forget the plugins; the next question finds them anew, under what ``ISOSPIKE_BLOCK`` and settings block then."""
    global _found
    with _lock:
        _found = None


# One record for the process, made at the first question.
_lock = threading.Lock()
_found: tuple[Plugin, ...] | None = None


def _plugins() -> tuple[Plugin, ...]:
    global _found
    if loading():
        raise PluginError(
            "The registry was asked while it was loading plugins. A plugin module only offers names: "
            "move the import or the lookup from its top level into the module that its target names."
        )
    with _lock:
        if _found is None:
            _found = _find()
        return _found


def _find() -> tuple[Plugin, ...]:
    blocks = _blocks()
    owners: dict[str, Plugin] = {}
    found = []
    for entry in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda entry: (entry.name, *_source(entry))):
        record = Plugin(entry.name, *_source(entry), entry.module)
        blocker = blocks.get(record.name) or blocks.get(record.distribution)
        first = record if blocker else owners.setdefault(entry.value, record)
        if blocker:
            found.append(replace(record, blocked=blocker))
        elif first is not record:
            found.append(replace(record, error=f"{entry.value} is the module of the plugin {first} already"))
        else:
            found.append(load(entry, record))
    return tuple(found)


def _blocks() -> dict[str, str]:
    """Return the names of plugins and distributions that are blocked, each with what blocks it."""
    blocks = {}
    for path, table in settings():
        names = table.get("block", [])
        if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
            raise ConfigError(f'{path}: block = {names!r}, expected a list of names: block = ["name"]')
        blocks.update(dict.fromkeys(names, str(path)))
    named = (name.strip() for name in os.environ.get(BLOCK, "").split(","))
    return blocks | dict.fromkeys(filter(None, named), BLOCK)


def _source(entry: importlib.metadata.EntryPoint) -> tuple[str, str]:
    return (entry.dist.name, entry.dist.version) if entry.dist else ("?", "?")
