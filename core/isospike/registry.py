"""Find, check, block and resolve plugins.

Everything that isospike can name, bundled or not, is offered through the hooks of :mod:`isospike.hookspecs`
by a module behind an entry point of group ``isospike``. A plugin that fails is set aside with its error and
takes no other one down. Listing imports the plugin modules only; :func:`resolve` imports what is asked for.
"""

from __future__ import annotations

import importlib.metadata
import os
import pkgutil
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pluggy

from isospike import hookspecs
from isospike.errors import (
    IsospikeError,
    MissingDependencyError,
    PluginError,
    UnknownNameError,
    nearest,
)
from isospike.hookspecs import Offer

__all__ = ["KINDS", "Plugin", "broken", "installed", "names", "offers", "plugins", "reload", "resolve"]

GROUP = "isospike"
BLOCK = "ISOSPIKE_BLOCK"
_PREFIX = "isospike_"

KINDS = tuple(hook.removeprefix(_PREFIX) for hook in vars(hookspecs) if hook.startswith(_PREFIX))
"""What a plugin may offer, one kind a hook."""


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
    error : str or None, default None
        Why it failed to load.
    blocked : bool, default False
        Whether ``ISOSPIKE_BLOCK`` names it or its distribution.
    """

    name: str
    distribution: str
    version: str
    module: str
    offers: Mapping[str, Mapping[str, str | Offer]] = field(default_factory=dict)
    error: str | None = None
    blocked: bool = False


def names(kind: str) -> list[str]:
    """Return the sorted names of one kind, importing none of them.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`, such as ``"neurons"``.

    Returns
    -------
    list of str
        A backend whose array library is missing is listed too; see :func:`installed`.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    PluginError
        Two plugins offer one name of this kind, or two distributions declare one plugin name.
    """
    return sorted(_table(kind))


def resolve(kind: str, name: str) -> Any:
    """Import what a plugin offers under a name.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`, such as ``"neurons"``.
    name : str
        The exact name, such as ``"LIF"``.

    Returns
    -------
    object
        The class or function behind the name.

    Raises
    ------
    UnknownNameError
        There is no such kind or name.
    MissingDependencyError
        A backend's array library is not installed.
    PluginError
        The target cannot be imported, or names clash.
    """
    table = _table(kind)
    if name not in table:
        raise UnknownNameError(_unknown(kind, name, table))
    plugin, target = table[name]
    if isinstance(target, Offer):
        _demand(name, plugin, target)
        target = target.target
    return _import(kind, name, plugin, target)


def offers(kind: str = "backends") -> dict[str, Offer]:
    """Return the backends that are offered, by name, without importing any.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    PluginError
        Two plugins offer one backend name.
    """
    return {name: offer for name, (_, offer) in sorted(_table(kind).items()) if isinstance(offer, Offer)}


def installed(name: str) -> bool:
    """Return whether a backend is offered and the libraries that it requires can be imported."""
    offer = offers().get(name)
    return offer is not None and not offer.missing


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
        Plugin(*_identity(entry), blocked=True) if _blocked(entry) else _load(manager, entry)
        for entry in entries
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
        for hook in getattr(manager.hook, _PREFIX + kind).get_hookimpls():
            if hook.plugin_name == plugin:
                offered[kind] = _checked(kind, hook.function())
    return offered


def _checked(kind: str, table: object) -> dict[str, str | Offer]:
    wanted = Offer if kind == "backends" else str
    if not isinstance(table, Mapping):
        raise PluginError(f"{_PREFIX}{kind} returned {table!r}; return a dict from name to target.")
    for name, target in table.items():
        path = target.target if isinstance(target, Offer) else target
        if not (isinstance(name, str) and isinstance(target, wanted) and ":" in str(path)):
            shape = "'package.module:Attribute'"
            fix = f"Offer({shape})" if wanted is Offer else shape
            given = f"{_PREFIX}{kind} offers {name!r} as {target!r}"
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


def _table(kind: str) -> dict[str, tuple[Plugin, str | Offer]]:
    if kind not in KINDS:
        raise UnknownNameError(
            f"There is no kind {kind!r} of plugin.{_nearest(kind, KINDS)} The kinds are {', '.join(KINDS)}."
        )
    table: dict[str, tuple[Plugin, str | Offer]] = {}
    for plugin in _plugins():
        for name, target in plugin.offers.get(kind, {}).items():
            first, _ = table.setdefault(name, (plugin, target))
            if first is not plugin:
                raise PluginError(
                    f"The {kind.removesuffix('s')} {name!r} is offered by plugin {_spell(first)} and by "
                    f"plugin {_spell(plugin)}. Rename one, or block a plugin: {BLOCK}={plugin.name}"
                )
    return table


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    listed = ", ".join(sorted(known)) or "none"
    message = f"There is no {kind.removesuffix('s')} {name!r}.{_nearest(name, known)} Known {kind}: {listed}."
    failed = "; ".join(f"{_spell(plugin)}: {plugin.error}" for plugin in _plugins() if plugin.error)
    blocked = ", ".join(_spell(plugin) for plugin in _plugins() if plugin.blocked)
    message += f" Plugins that failed to load: {failed}." if failed else ""
    message += f" Plugins that {BLOCK} blocks: {blocked}." if blocked else ""
    if not _plugins():
        message += " No plugin is installed, not even the bundled ones: pip install -e . in the checkout."
    return message


def _nearest(name: str, known: Iterable[str]) -> str:
    same = {other.casefold(): other for other in known}.get(name.casefold())
    return f" Did you mean {same!r}?" if same else nearest(name, known)


def _demand(name: str, plugin: Plugin, offer: Offer) -> None:
    if missing := offer.missing:
        what = f"{plugin.distribution}[{offer.extra}]" if offer.extra else " ".join(missing)
        raise MissingDependencyError(
            f'The backend {name!r} needs {" and ".join(missing)}, not installed here: pip install "{what}"'
        )


def _import(kind: str, name: str, plugin: Plugin, target: str) -> Any:
    try:
        return pkgutil.resolve_name(target)
    except IsospikeError:
        raise
    except Exception as error:
        raise PluginError(
            f"The {kind.removesuffix('s')} {name!r} of plugin {_spell(plugin)} cannot be imported from "
            f"{target!r}: {type(error).__name__}: {error}. Mend it, or block it: {BLOCK}={plugin.name}"
        ) from error


def _identity(entry: importlib.metadata.EntryPoint) -> tuple[str, str, str, str]:
    return entry.name, *_distribution(entry), entry.module


def _distribution(entry: importlib.metadata.EntryPoint) -> tuple[str, str]:
    return (entry.dist.name, entry.dist.version) if entry.dist else ("?", "?")


def _spell(plugin: Plugin) -> str:
    return f"{plugin.name!r} ({plugin.distribution} {plugin.version})"
