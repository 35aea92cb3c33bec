"""Find the plugins of this machine, load them one by one, and check what they offer."""

from __future__ import annotations

import importlib.metadata
import os
import threading
from collections.abc import Iterable, Mapping

import pluggy

from isospike import hookspecs
from isospike.errors import PluginError
from isospike.hookspecs import Offer
from isospike.registry.plugin import BLOCK, HOOK_PREFIX, KINDS, Plugin

__all__ = ["broken", "plugins", "reload"]

GROUP = "isospike"


def plugins() -> list[Plugin]:
    """Return every plugin found, sorted by name: loaded, broken and blocked ones."""
    return list(_plugins())


def broken() -> dict[str, str]:
    """Return the plugins that failed to load, each with its error."""
    return {plugin.name: plugin.error for plugin in _plugins() if plugin.error is not None}


def reload() -> None:
    """Forget the plugins; the next question finds them anew, under the current ``ISOSPIKE_BLOCK``."""
    global _found
    with _lock:
        _found = None


# One record for the process, made at the first question. The lock is re-entrant so that a plugin module which
# asks the registry while it is being imported meets an error instead of a deadlock.
_lock = threading.RLock()
_loading = False
_found: tuple[Plugin, ...] | None = None


def _plugins() -> tuple[Plugin, ...]:
    global _found, _loading
    with _lock:
        if _loading:
            raise PluginError(
                "The registry was asked while it was loading plugins. A plugin module only offers names: "
                "move the import or the lookup from its top level into the module that its target names."
            )
        if _found is None:
            _loading = True
            try:
                _found = _find()
            finally:
                _loading = False
        return _found


def _find() -> tuple[Plugin, ...]:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    entries = sorted(importlib.metadata.entry_points(group=GROUP), key=lambda entry: entry.name)
    _refuse_twins(entry for entry in entries if not _blocked(entry))
    return tuple(
        Plugin(*_identity(entry), blocked=True) if _blocked(entry) else _load(manager, entry) for entry in entries
    )


def _blocked(entry: importlib.metadata.EntryPoint) -> bool:
    blocked = {name.strip() for name in os.environ.get(BLOCK, "").split(",")}
    return not blocked.isdisjoint({entry.name, _distribution(entry)[0]})


def _load(manager: pluggy.PluginManager, entry: importlib.metadata.EntryPoint) -> Plugin:
    identity = _identity(entry)
    # Anything may go wrong while a stranger's module is imported, and none of it may hide the other plugins.
    try:
        manager.register(entry.load(), name=entry.name)
        manager.check_pending()
        return Plugin(*identity, offers=_offered(manager, entry.name))
    except Exception as error:
        # pluggy may keep what it registered before the fault, and check_pending would blame the next plugin.
        if manager.has_plugin(entry.name):
            manager.unregister(name=entry.name)
        return Plugin(*identity, error=f"{type(error).__name__}: {error}")


def _offered(manager: pluggy.PluginManager, plugin: str) -> dict[str, dict[str, str | Offer]]:
    offered: dict[str, dict[str, str | Offer]] = {}
    for kind in KINDS:
        for hook in getattr(manager.hook, HOOK_PREFIX + kind).get_hookimpls():
            if hook.plugin_name == plugin:
                offered[kind] = _checked(kind, hook.function())
    return offered


def _checked(kind: str, table: object) -> dict[str, str | Offer]:
    wanted = Offer if kind == "backends" else str
    if not isinstance(table, Mapping):
        raise PluginError(f"{HOOK_PREFIX}{kind} returned {table!r}; return a dict from name to target.")
    for name, target in table.items():
        path = target.target if isinstance(target, Offer) else target
        if not (isinstance(name, str) and isinstance(target, wanted) and ":" in str(path)):
            shape = "'package.module:Attribute'"
            fix = f"Offer({shape})" if wanted is Offer else shape
            given = f"{HOOK_PREFIX}{kind} offers {name!r} as {target!r}"
            raise PluginError(f"{given}; write {{{str(name)!r}: {fix}}}.")
    return dict(table)


def _refuse_twins(entries: Iterable[importlib.metadata.EntryPoint]) -> None:
    owner: dict[str, str] = {}
    for entry in entries:
        distribution, _ = _distribution(entry)
        first = owner.setdefault(entry.name, distribution)
        if first != distribution:
            raise PluginError(
                f"Two distributions declare a plugin named {entry.name!r}: {first!r} and {distribution!r}. "
                f"Uninstall one, or block it by its distribution: {BLOCK}={distribution}"
            )


def _identity(entry: importlib.metadata.EntryPoint) -> tuple[str, str, str, str]:
    return entry.name, *_distribution(entry), entry.module


def _distribution(entry: importlib.metadata.EntryPoint) -> tuple[str, str]:
    return (entry.dist.name, entry.dist.version) if entry.dist else ("?", "?")
