"""``isospike doctor``: what is installed, what works, what does not, and which backend is chosen and why."""

from __future__ import annotations

import importlib
import os
import platform
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import platformdirs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from isospike import registry
from isospike.backend import Backend
from isospike.cli.backends import loaded
from isospike.cli.versions import versions
from isospike.errors import IsospikeError
from isospike.select import choose

__all__ = ["show_doctor"]

Rows = Iterator[tuple[str, str]]


def show_doctor() -> None:
    """Print the report; it changes nothing and never fails, whatever is broken."""
    console = Console(highlight=False)
    for title, rows in (
        ("versions", _versions()),
        ("backends", _backends()),
        ("tools", _tools()),
        ("plugins", _plugins()),
    ):
        table = Table(box=None, show_header=False, padding=(0, 1, 0, 1))
        for name, text in rows:
            table.add_row(name, Text(text))
        console.print(Text(title, style="bold"))
        console.print(table)


def _versions() -> Rows:
    yield "python", f"{platform.python_version()} on {platform.platform()}"
    yield from versions().items()


def _backends() -> Rows:
    try:
        name, reason = choose()
        names = list(registry.offers())
    except IsospikeError as error:
        yield "chosen", f"none: {error}"
        return
    found = {each: loaded(each) for each in dict.fromkeys((name, *names))}
    problem = found[name][1]
    yield "chosen", f"{name} ({reason})" + (f", but {problem}" if problem else "")
    for name in names:
        backend, problem = found[name]
        yield name, problem if backend is None else _described(backend)


def _described(backend: Backend) -> str:
    engine = _event_engine(backend)
    # Only those that choose by what they find say why.
    why = f" ({why})" if (why := getattr(backend, "why", "")) else ""
    return f"{', '.join(backend.devices())}; engine {backend.engine}{why}" + (f"; events by {engine}" if engine else "")


def _event_engine(backend: Backend) -> str:
    """Return how a backend propagates events, or an empty string."""
    # Backends name their files alike, and core may not know any by name.
    package = type(backend).__module__.partition(".")[0]
    try:
        engine = getattr(importlib.import_module(f"{package}.events"), "event_engine", None)
    except ImportError:
        return ""
    return "" if engine is None else str(engine())


def _tools() -> Rows:
    chosen = shlex.split(os.environ.get("CXX", ""))[:1]
    found = next(filter(None, map(shutil.which, chosen or ("c++", "g++", "clang++"))), None)
    yield "C++ compiler", found or "none found: `apt install g++`, or set CXX=/path/to/g++"
    cache = os.environ.get("ISOSPIKE_CACHE_DIR") or platformdirs.user_cache_dir("isospike", appauthor=False)
    existing = next(folder for folder in (Path(cache), *Path(cache).absolute().parents) if folder.exists())
    writable = os.access(existing, os.W_OK)
    yield (
        "cache",
        cache if writable else f"{cache} cannot be written: set ISOSPIKE_CACHE_DIR to a folder that can",
    )


def _plugins() -> Rows:
    try:
        found, clashes = registry.plugins(), registry.clashes()
    except IsospikeError as error:
        yield "settings", str(error)
        return
    for plugin in found:
        api = f", API {plugin.api}" if plugin.api else ""
        took = f" (took {plugin.seconds:.1f} s to load)" if plugin.seconds > 1 else ""
        yield plugin.name, f"{plugin.distribution} {plugin.version}{api}: {_state(plugin)}{took}"
    for sentence in clashes:
        yield "clash", sentence


def _state(plugin: registry.Plugin) -> str:
    if plugin.error:
        return f"broken: {plugin.error}"
    if plugin.blocked:
        return f"blocked by {plugin.blocked}"
    return "; ".join(f"{kind} {', '.join(table)}" for kind, table in plugin.offers.items() if table) or "offers nothing"
