"""Look a name up among the plugins, and import what is behind it."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from isospike.errors import (
    IsospikeError,
    MissingDependencyError,
    PluginError,
    UnknownNameError,
    nearest,
)
from isospike.hookspecs import Offer
from isospike.registry import loading
from isospike.registry.discovery import plugins
from isospike.registry.plugin import BLOCK, KINDS, Plugin

__all__ = ["clashes", "in_time", "installed", "names", "offers", "resolve"]

T = TypeVar("T")


def names(kind: str) -> list[str]:
    """Return the sorted names of one kind, importing none of them.

    Parameters
    ----------
    kind : str
        One of :data:`isospike.registry.KINDS`, such as ``"neurons"``.

    Returns
    -------
    list of str
        A backend whose array library is missing is listed too; see :func:`installed`.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    """
    return sorted(_table(kind))


def resolve(kind: str, name: str) -> Any:
    """Import what a plugin offers under a name.

    Parameters
    ----------
    kind : str
        One of :data:`isospike.registry.KINDS`, such as ``"neurons"``.
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
        The target cannot be imported, or two plugins offer the name.
    """
    table = _table(kind)
    if name not in table:
        raise UnknownNameError(_unknown(kind, name, table))
    if len(table[name]) > 1:
        raise PluginError(_clash(kind, name, [plugin for plugin, _ in table[name]]))
    ((plugin, target),) = table[name]
    if isinstance(target, Offer):
        _demand(name, plugin, target)
        target = target.target
    return _import(kind, name, plugin, target)


def in_time(kind: str, name: str, task: Callable[[], T]) -> T:
    """Run a task that needs what a plugin offers under a name, in the time that plugins are given to load.

    Parameters
    ----------
    kind, name : str
        As for :func:`resolve`, which may be part of the task.
    task : callable
        ``task()`` is called in another thread, unless the plugin is bundled.

    Returns
    -------
    object
        What the task returns; it may raise what it likes.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    PluginError
        The task takes longer than ``ISOSPIKE_PLUGIN_TIMEOUT`` says, ten seconds by default.
    """
    owners = [plugin for plugin, _ in _table(kind).get(name, [])]
    if len(owners) != 1:  # which the task finds out, too, and says
        return task()
    return loading.in_time(task, owners[0], f"The {_one(kind)} {name!r} of plugin {owners[0]} was still being loaded")


def offers(kind: str = "backends") -> dict[str, Offer]:
    """Return the backends that are offered, by name, without importing any; a name that two offer is left out.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    """
    only = {name: offered[0][1] for name, offered in sorted(_table(kind).items()) if len(offered) == 1}
    return {name: offer for name, offer in only.items() if isinstance(offer, Offer)}


def installed(name: str) -> bool:
    """Return whether a backend is offered and the libraries that it requires can be imported."""
    offer = offers().get(name)
    return offer is not None and not offer.missing


def clashes() -> list[str]:
    """Return a sentence for each name that two plugins offer, which is an error where it is used."""
    return [
        _clash(kind, name, [plugin for plugin, _ in offered])
        for kind in KINDS
        for name, offered in sorted(_table(kind).items())
        if len(offered) > 1
    ]


def _table(kind: str) -> dict[str, list[tuple[Plugin, str | Offer]]]:
    if kind not in KINDS:
        raise UnknownNameError(
            f"There is no kind {kind!r} of plugin.{_nearest(kind, KINDS)} The kinds are {', '.join(KINDS)}."
        )
    table: dict[str, list[tuple[Plugin, str | Offer]]] = {}
    for plugin in plugins():
        for name, target in plugin.offers.get(kind, {}).items():
            table.setdefault(name, []).append((plugin, target))
    return table


def _clash(kind: str, name: str, owners: Sequence[Plugin]) -> str:
    culprit = next((p for p in reversed(owners) if p.distribution != "isospike"), owners[-1])
    alone = sum(p.name == culprit.name for p in owners) == 1
    return (
        f"The {_one(kind)} {name!r} is offered by {' and by '.join(f'plugin {p}' for p in owners)}. Rename one, or "
        f"block a plugin: {BLOCK}={culprit.name if alone else culprit.distribution}"
    )


def _one(kind: str) -> str:
    return kind.removesuffix("s").replace("_", " ")


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    listed = ", ".join(sorted(known)) or "none"
    message = f"There is no {_one(kind)} {name!r}.{_nearest(name, known)} Known {kind}: {listed}."
    failed = "; ".join(f"{plugin}: {plugin.error}" for plugin in plugins() if plugin.error)
    blocked = ", ".join(f"{plugin} by {plugin.blocked}" for plugin in plugins() if plugin.blocked)
    message += f" Plugins that failed to load: {failed}." if failed else ""
    message += f" Plugins that are blocked: {blocked}." if blocked else ""
    if not plugins():
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
            f"The {_one(kind)} {name!r} of plugin {plugin} cannot be imported from "
            f"{target!r}: {type(error).__name__}: {error}. Mend it, or block it: {BLOCK}={plugin.name}"
        ) from error
