"""Import one plugin module and ask it what it offers; whatever goes wrong stays with that plugin."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import TypeVar

import pluggy

from isospike import hookspecs
from isospike.errors import ConfigError, PluginError, PluginWarning
from isospike.hookspecs import API, Offer
from isospike.registry.plugin import BLOCK, HOOK_PREFIX, KINDS, Plugin

__all__ = ["TIMEOUT", "in_time", "load", "loading"]

TIMEOUT = "ISOSPIKE_PLUGIN_TIMEOUT"
_PATIENCE, _SLOW = 10.0, 3.0  # seconds
_in_this_thread = threading.local()

T = TypeVar("T")


def loading() -> bool:
    """Say whether this thread is importing a plugin module."""
    return getattr(_in_this_thread, "loading", False)


def load(entry: importlib.metadata.EntryPoint, plugin: Plugin) -> Plugin:
    """Return the record with what the plugin offers, or with why it failed.

    Warns
    -----
    PluginWarning
        It took more than three seconds, or was given up after as many as ``ISOSPIKE_PLUGIN_TIMEOUT`` says, ten by
        default.

    Raises
    ------
    ConfigError
        ``ISOSPIKE_PLUGIN_TIMEOUT`` is no positive number.
    """
    if not _is_foreign(plugin):
        return _loaded(entry, plugin)
    start = time.perf_counter()
    try:
        found = in_time(lambda: _loaded(entry, plugin), plugin, f"{entry.module} was still being imported")
    except PluginError as error:
        found = replace(plugin, error=str(error))
    seconds = time.perf_counter() - start
    if seconds > min(_SLOW, _patience()):
        warnings.warn(_slow(found, seconds), PluginWarning, stacklevel=2)
    return replace(found, seconds=seconds)


def in_time(task: Callable[[], T], plugin: Plugin, late: str) -> T:
    """Return what a task of a plugin returns, or raise what it raises, in the time that plugins are given.

    Raises
    ------
    ConfigError
        ``ISOSPIKE_PLUGIN_TIMEOUT`` is no positive number.
    PluginError
        It takes longer, said in the words of ``late``; nobody waits for it any more.
    """
    # A thread that needs a module which the caller is in the middle of importing would wait for the caller, who waits
    # for the thread: then the caller does it, however long it takes.
    if not _is_foreign(plugin) or _importing():
        return task()
    seconds, results, errors = _patience(), list[T](), list[BaseException]()

    def attempt() -> None:
        try:
            results.append(task())
        except BaseException as error:  # SystemExit, too, is for who waits to know
            errors.append(error)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise PluginError(
            f"{late} after {seconds:g} s; {TIMEOUT}={6 * seconds:g} waits longer, {BLOCK}={plugin.name} leaves it out"
        )
    return results[0]


def _is_foreign(plugin: Plugin) -> bool:
    # What is bundled is known to be quick, also where a busy machine is not, and all else needs it.
    return plugin.distribution != "isospike"


def _importing() -> bool:
    """Say whether this thread is in the middle of an import; a thread that was given up may be, for ever."""
    return any(f.f_code.co_filename == "<frozen importlib._bootstrap>" for f, _ in traceback.walk_stack(None))


def _patience() -> float:
    given = os.environ.get(TIMEOUT, str(_PATIENCE))
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds <= threading.TIMEOUT_MAX:
        raise ConfigError(f"{TIMEOUT}={given!r} is no positive number of seconds: write {TIMEOUT}={_PATIENCE:g}")
    return seconds


def _loaded(entry: importlib.metadata.EntryPoint, plugin: Plugin) -> Plugin:
    _in_this_thread.loading = True
    # Anything may go wrong while a stranger's module is imported, and none of it may hide the other plugins.
    try:
        module = entry.load()
        plugin = replace(plugin, api=_api(module, plugin))
        return replace(plugin, offers=_offered(module, entry.name))
    except PluginError as error:
        return replace(plugin, error=str(error))
    except (Exception, SystemExit) as error:
        return replace(plugin, error=f"{type(error).__name__}: {error}{_place(error)}")
    finally:
        _in_this_thread.loading = False


def _api(module: ModuleType, plugin: Plugin) -> str:
    """Return the version of the contract that a module is written for, if it can be met."""
    api = str(getattr(module, "ISOSPIKE_API", "1.0"))
    try:
        major, minor = (int(part) for part in api.split("."))
    except ValueError:
        raise PluginError(f'{module.__name__} has ISOSPIKE_API = {api!r}; write ISOSPIKE_API = "{API}"') from None
    own_major, own_minor = (int(part) for part in API.split("."))
    if (major, minor) > (own_major, own_minor):
        raise PluginError(
            f"it is written for version {api} of the plugin API, and this isospike has {API}: pip install --upgrade "
            "isospike"
        )
    if major < own_major:
        raise PluginError(
            f"it is written for version {api} of the plugin API, which ended with {own_major}.0: pip install "
            f"--upgrade {plugin.distribution}"
        )
    return api


def _offered(module: ModuleType, name: str) -> dict[str, dict[str, str | Offer]]:
    manager = pluggy.PluginManager("isospike")
    manager.add_hookspecs(hookspecs)
    manager.register(module, name=name)
    manager.check_pending()
    return {
        kind: _checked(kind, implementation.function())
        for kind in KINDS
        for implementation in getattr(manager.hook, HOOK_PREFIX + kind).get_hookimpls()
    }


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


def _place(error: BaseException) -> str:
    """Return where in the plugin's own files an error was raised, or nothing."""
    machinery = tuple(os.path.dirname(str(m.__file__)) for m in (pluggy, importlib, sys.modules[__name__]))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(("<", *machinery))]
    return f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""


def _slow(plugin: Plugin, seconds: float) -> str:
    return (
        f"the plugin {plugin} took {seconds:.1f} s to load, for which everybody waits: a plugin module should import "
        f"nothing but isospike.hookspecs. Mend it, or block it: {BLOCK}={plugin.name}"
    )
